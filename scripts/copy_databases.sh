#!/bin/bash
# Copies the databases of sign-on, chat and hub to object storage: copy_databases.sh LABEL
# They are reached from the cluster only, so a pod is started there for each, with that service's own Secret. kubectl's
# cluster is the one that is meant; keep_copy.sh says where copies go. PRESSWERK_POSTGRES_IMAGE is an image with pg_dump of
# the server's version or newer. Status 1 if one copy fails.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
label="$1"
: "${PRESSWERK_COPIES_BUCKET:?names no bucket}"
stamp="$(date --utc +%Y-%m-%dT%H-%M-%SZ)"
# Readable by us alone, and gone afterwards: it holds what the databases hold.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# 70 is the user postgres of the image.
pod() {
    local namespace="$1" secret="$2"
    cat <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: presswerk-copy
  namespace: $namespace
spec:
  restartPolicy: Never
  activeDeadlineSeconds: 7200
  automountServiceAccountToken: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 70
    runAsGroup: 70
    seccompProfile: {type: RuntimeDefault}
  containers:
    - name: postgres
      image: ${PRESSWERK_POSTGRES_IMAGE:-docker.io/library/postgres:17-alpine}
      command: [sleep, "7200"]
      envFrom:
        - secretRef: {name: $secret}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
      resources:
        requests: {cpu: 50m, memory: 64Mi, ephemeral-storage: 16Mi}
        limits: {cpu: 1000m, memory: 512Mi, ephemeral-storage: 64Mi}
YAML
}

copy() {
    local namespace="$1" secret="$2" archive="$scratch/$2.dump"
    pod "$namespace" "$secret" | kubectl apply --filename - >&2 || return 1
    kubectl wait --namespace "$namespace" --for condition=Ready pod/presswerk-copy --timeout 300s >&2 || return 1
    kubectl exec --stdin --namespace "$namespace" pod/presswerk-copy -- sh -s <"$here/dump_database.sh" >"$archive" || return 1
    # Reads all of it, as a restoration would.
    kubectl exec --stdin --namespace "$namespace" pod/presswerk-copy -- pg_restore --file=/dev/null <"$archive" || return 1
    "$here/keep_copy.sh" "$archive" "$label/$stamp/databases/$secret.dump" || return 1
    rm -f "$archive"
}

status=0
for each in authentik/authentik presswerk/open-webui presswerk/presswerk-hub; do
    if copy "${each%/*}" "${each#*/}"; then
        echo "copied      database of ${each#*/}"
    else
        echo "NOT COPIED  database of ${each#*/}" >&2
        status=1
    fi
    kubectl delete pod presswerk-copy --namespace "${each%/*}" --ignore-not-found --wait --timeout 120s >&2 || status=1
done
exit "$status"
