#!/bin/bash
# Copies the content and the files of all sites of a cluster, or of the namespaces that are named, to object storage:
# copy_sites.sh LABEL [NAMESPACE...]. With PRESSWERK_DRILL=yes each copy is also restored, beside the site, and compared.
# The bucket is PRESSWERK_COPIES_BUCKET; kubectl's cluster is the one that is meant. Status 1 if one copy fails.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
label="$1"
shift
: "${PRESSWERK_COPIES_BUCKET:?names no bucket}"
endpoint="${PRESSWERK_COPIES_ENDPOINT:-https://s3.eu-central-3.ionoscloud.com}"
stamp="$(date --utc +%Y-%m-%dT%H-%M-%SZ)"
# Readable by us alone, and gone afterwards: it holds what the sites hold.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

if [ "$#" -eq 0 ]; then
    listed="$(kubectl get namespaces --selector presswerk.io/tenant --output name)"
    [ -n "$listed" ] || {
        echo "There is no tenant on this cluster; name the namespaces if there are none to be copied." >&2
        exit 1
    }
    mapfile -t namespaces <<<"${listed//namespace\//}"
else
    namespaces=("$@")
fi

copy() {
    local namespace="$1" content="$scratch/$1.jsonl.gz" files="$scratch/$1.tar.gz" to
    to="s3://$PRESSWERK_COPIES_BUCKET/$label/$stamp/$namespace"
    kubectl exec --namespace "$namespace" deployment/site -- php -d memory_limit=-1 /srv/wordpress/content_out.php |
        gzip >"$content" || return 1
    # Its last line counts the rows of each table: without it, something is missing.
    zcat "$content" | tail -n 1 | jq --exit-status '.end == true' >/dev/null || return 1
    kubectl exec --namespace "$namespace" deployment/site -- tar -C /var/lib/presswerk/content -cz uploads >"$files" ||
        return 1
    tar -tzf "$files" >/dev/null || return 1
    if [ "${PRESSWERK_DRILL:-no}" = yes ]; then
        "$here/restore_drill.sh" "$content" || return 1
    fi
    aws s3 cp --only-show-errors --endpoint-url "$endpoint" "$content" "$to/content.jsonl.gz" || return 1
    aws s3 cp --only-show-errors --endpoint-url "$endpoint" "$files" "$to/uploads.tar.gz" || return 1
    rm -f "$content" "$files"
}

status=0
for namespace in "${namespaces[@]}"; do
    if copy "$namespace"; then
        echo "copied      $namespace"
    else
        echo "NOT COPIED  $namespace" >&2
        status=1
    fi
done
exit "$status"
