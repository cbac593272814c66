#!/bin/bash
# Builds the images, makes a cluster with kind, installs our chart and one tenant's site on it from these images, asks
# both, and removes the cluster. Needs Docker, kind, kubectl and helm. Entry, identity provider and databases are left out.
set -euo pipefail

cd "$(dirname "$0")/.."
cluster=presswerk-test
version="$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' src/presswerk/__init__.py)"
python=.venv/bin/python
[ -x "$python" ] || python=python

said() {
    kubectl get pods --all-namespaces || true
    kubectl get events --all-namespaces --field-selector type=Warning || true
    kubectl logs --namespace presswerk --selector app.kubernetes.io/component=hub --tail 50 || true
    kubectl logs --namespace tenant-acme --selector app.kubernetes.io/component=site --tail 50 || true
}
finish() {
    local status="$?"
    [ "$status" -eq 0 ] || said
    kind delete cluster --name "$cluster"
    exit "$status"
}

kind create cluster --name "$cluster" --wait 180s
trap finish EXIT
for image in hub wordpress; do
    scripts/build_image.sh "$image" "presswerk/$image:$version" --load
    kind load docker-image --name "$cluster" "presswerk/$image:$version"
done

# The hub, on a database of its own that ends with its pod.
kubectl create namespace presswerk
key="$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')"
kubectl create secret generic presswerk-hub --namespace presswerk \
    --from-literal=PRESSWERK_DATABASE_URL=sqlite:////tmp/hub.db \
    --from-literal="PRESSWERK_ENCRYPTION_KEYS=$key" --from-literal=PRESSWERK_AI_API_KEY=none \
    --from-literal=PRESSWERK_OIDC_CLIENT_SECRET=none
helm install presswerk deploy/charts/presswerk --namespace presswerk \
    --values deploy/charts/presswerk/examples/without-entry.yaml --set operator.enabled=false
kubectl rollout status --namespace presswerk deployment/presswerk-closed-page --timeout 300s
kubectl wait --namespace presswerk --selector app.kubernetes.io/component=hub --for condition=Initialized pod --timeout 300s

# A tenant's site, as the operator would make it.
"$python" scripts/site_objects.py acme | kubectl apply --server-side --filename -
kubectl wait --namespace tenant-acme --for condition=complete job --all --timeout 600s
kubectl rollout status --namespace tenant-acme deployment/site --timeout 600s
kubectl exec --namespace tenant-acme deployment/site -- wp option get blogname | grep -x "Acme News"
