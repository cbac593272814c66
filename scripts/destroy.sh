#!/bin/bash
# Removes the infrastructure, if everything that would be lost is named: destroy.sh "ADDRESS ADDRESS..."
set -euo pipefail

read -ra named <<<"$1"
options=()
for address in "${named[@]}"; do
    options+=("--allow-destroy=$address")
done
exec presswerk infra destroy --yes "${options[@]}"
