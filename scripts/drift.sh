#!/bin/bash
# Status 1, and a list, if the infrastructure is not what FILE declares any more. drift.sh FILE
set -euo pipefail

plan="$(presswerk infra plan --config "$1" --json)"
changed="$(printf '%s' "$plan" | jq --raw-output '.changes[] | "\(.action) \(.address)"')"
if [ -n "$changed" ]; then
    printf 'Not as declared any more; see presswerk infra plan:\n%s\n' "$changed" >&2
    exit 1
fi
echo "The infrastructure is as declared."
