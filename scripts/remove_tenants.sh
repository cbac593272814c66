#!/bin/bash
# Deletes tenants of a cluster with their sites, files and databases, all of them if none is named, and waits until the
# cloud has everything back: a volume or a database whose cluster is gone stays, and is paid. remove_tenants.sh [ID...]
# kubectl's cluster is the one that is meant.
set -euo pipefail

kind=tenant.tenants.presswerk.io
tenants=("${@/#/$kind/}")
if [ "$#" -eq 0 ]; then
    definition="$(kubectl get customresourcedefinition tenants.tenants.presswerk.io --ignore-not-found --output name)"
    listed="${definition:+$(kubectl get "$kind" --output name)}"
    if [ -z "$listed" ]; then
        echo "There is no tenant on this cluster."
        exit 0
    fi
    mapfile -t tenants <<<"$listed"
fi
for tenant in "${tenants[@]}"; do
    # Without this the cluster refuses: nobody deletes a tenant in passing.
    kubectl annotate "$tenant" "presswerk.io/delete=${tenant##*/}" --overwrite
done
kubectl delete "${tenants[@]}" --wait --timeout=60m
