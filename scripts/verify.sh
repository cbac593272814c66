#!/bin/bash
# Asks hub, chat and every declared site of a platform.yaml over the internet, as a visitor would; status 1 if one does
# not answer within some minutes. verify.sh FILE
set -euo pipefail

declared="$(presswerk config show "$1" --json)"
domain="$(jq --raw-output '.domain // empty' <<<"$declared")"
[ -n "$domain" ] || {
    echo "$1 declares no domain" >&2
    exit 1
}
addresses=("https://hub.$domain/health/ready" "https://chat.$domain/health")
mapfile -t tenants < <(jq --raw-output '.tenants[].id' <<<"$declared")
for tenant in "${tenants[@]}"; do
    addresses+=("https://$tenant.$domain/")
done

status=0
for address in "${addresses[@]}"; do
    if curl --silent --show-error --fail --location --output /dev/null --max-time 20 \
        --retry "${PRESSWERK_VERIFY_TRIES:-8}" --retry-all-errors --retry-delay 10 "$address"; then
        echo "answers         $address"
    else
        echo "DOES NOT ANSWER $address"
        status=1
    fi
done
exit "$status"
