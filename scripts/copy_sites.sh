#!/bin/bash
# Copies the content and the files of all sites of a cluster, or of the namespaces that are named, to object storage:
# copy_sites.sh LABEL [NAMESPACE...]. With PRESSWERK_DRILL=yes each copy is also restored, beside the site, and compared.
# A suspended site runs no pod, so one is started for as long as it takes. kubectl's cluster is the one that is meant;
# keep_copy.sh says where copies go. Status 1 if one copy fails.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
label="$1"
shift
: "${PRESSWERK_COPIES_BUCKET:?names no bucket}"
stamp="$(date --utc +%Y-%m-%dT%H-%M-%SZ)"
# Readable by us alone, and gone afterwards: it holds what the sites hold.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

if [ "$#" -eq 0 ]; then
    listed="$(kubectl get namespaces --selector presswerk.io/tenant --output name)"
    if [ -z "$listed" ]; then
        echo "There is no tenant on this cluster." >&2
        # Before all of it is removed that may be so; in any other night it is the wrong cluster, or something is lost.
        [ "$label" = final ] && exit 0
        exit 1
    fi
    mapfile -t namespaces <<<"${listed//namespace\//}"
else
    namespaces=("$@")
fi

# A pod like the site's own, but that it serves nothing; no Deployment takes it for one of its own. Told to end it does:
# a process that is the first of its container takes no notice, and would fill the tenant's quota for a minute more.
idle_pod() {
    jq '{
        apiVersion: "v1", kind: "Pod",
        metadata: {name: "site-copy", namespace: .metadata.namespace, labels: .spec.template.metadata.labels},
        spec: (.spec.template.spec + {restartPolicy: "Never", activeDeadlineSeconds: 7200})
    }
    | .spec.containers[0] |= (del(.livenessProbe, .readinessProbe, .startupProbe, .lifecycle, .args)
        + {command: ["tini", "--", "sleep", "7200"]})'
}

# Prints the pod in which a namespace's site can be read.
reachable() {
    local namespace="$1" running
    running="$(kubectl get deployment site --namespace "$namespace" --output jsonpath='{.status.readyReplicas}')" || return 1
    if [ "${running:-0}" -gt 0 ]; then
        echo deployment/site
        return
    fi
    kubectl get deployment site --namespace "$namespace" --output json | idle_pod | kubectl apply --filename - >&2 || return 1
    kubectl wait --namespace "$namespace" --for condition=Ready pod/site-copy --timeout 300s >&2 || return 1
    echo pod/site-copy
}

copy() {
    local namespace="$1" pod="$2" content="$scratch/$1.jsonl.gz" files="$scratch/$1.tar.gz" to="$label/$stamp/$1"
    kubectl exec --namespace "$namespace" "$pod" -- php -d memory_limit=-1 /srv/wordpress/content_out.php |
        gzip >"$content" || return 1
    # Its last line counts the rows of each table: without it, something is missing.
    zcat "$content" | tail -n 1 | jq --exit-status '.end == true' >/dev/null || return 1
    kubectl exec --namespace "$namespace" "$pod" -- tar -C /var/lib/presswerk/content -cz uploads >"$files" || return 1
    tar -tzf "$files" >/dev/null || return 1
    if [ "${PRESSWERK_DRILL:-no}" = yes ]; then
        "$here/restore_drill.sh" "$content" || return 1
    fi
    "$here/keep_copy.sh" "$content" "$to/content.jsonl.gz" || return 1
    "$here/keep_copy.sh" "$files" "$to/uploads.tar.gz" || return 1
    rm -f "$content" "$files"
}

status=0
for namespace in "${namespaces[@]}"; do
    pod="$(reachable "$namespace")" || pod=""
    if [ -n "$pod" ] && copy "$namespace" "$pod"; then
        echo "copied      $namespace"
    else
        echo "NOT COPIED  $namespace" >&2
        status=1
    fi
    [ "$pod" = deployment/site ] ||
        kubectl delete pod site-copy --namespace "$namespace" --ignore-not-found --wait=false >&2 || status=1
done
exit "$status"
