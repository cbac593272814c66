# Sourced, not run: the services whose databases are PostgreSQL's, and a pod for each in which it can be reached, since
# that is from the cluster only. The pod has the service's own Secret. PRESSWERK_POSTGRES_IMAGE is an image with the
# programs of the server's version or newer; kubectl's cluster is the one that is meant.
# shellcheck shell=bash

# 70 is the user postgres of the image.
pod() {
    local name="$1" namespace="$2" secret="$3"
    cat <<YAML
apiVersion: v1
kind: Pod
metadata:
  name: $name
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

# start_pod NAME SERVICE: returns when it runs. One that a killed run left is old, and may have ended.
start_pod() {
    local name="$1" namespace="${2%/*}" secret="${2#*/}"
    remove_pod "$name" "$2" || return 1
    pod "$name" "$namespace" "$secret" | kubectl apply --filename - >&2 || return 1
    kubectl wait --namespace "$namespace" --for condition=Ready "pod/$name" --timeout 300s >&2
}

# in_pod NAME SERVICE WORD...: runs a command in it, with this standard input.
in_pod() {
    local name="$1" namespace="${2%/*}"
    kubectl exec --stdin --namespace "$namespace" "pod/$name" -- "${@:3}"
}

# remove_pod NAME SERVICE
remove_pod() {
    kubectl delete pod "$1" --namespace "${2%/*}" --ignore-not-found --wait --timeout 120s >&2
}

# each_service NAME DO DONE FAILED: has DO do its work for each service, whose pod NAME runs meanwhile, and says of each
# whether it is DONE or FAILED. A service is NAMESPACE/SECRET. Status 1 if one failed.
each_service() {
    local name="$1" do="$2" service status=0
    for service in authentik/authentik presswerk/open-webui presswerk/presswerk-hub; do
        if start_pod "$name" "$service" && "$do" "$service"; then
            echo "$3  database of ${service#*/}"
        else
            echo "$4  database of ${service#*/}" >&2
            status=1
        fi
        remove_pod "$name" "$service" || status=1
    done
    return "$status"
}
