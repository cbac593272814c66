#!/bin/sh
# Builds one of deploy/images with Docker: build_image.sh hub|wordpress TAG [what else docker buildx build takes]
# Example: scripts/build_image.sh hub presswerk/hub:0.1.0 --load
set -eu

cd "$(dirname "$0")/.."
[ "$#" -ge 2 ] || {
    sed -n 2,3p "$0" >&2
    exit 2
}
image="$1"
tag="$2"
shift 2
# shellcheck source=deploy/images/digests.env
. deploy/images/digests.env
for value in "${PYTHON_DIGEST:-none}" "${DEBIAN_DIGEST:-none}" "sha256:${MCP_ADAPTER_SHA256:-none}"; do
    printf '%s' "$value" | grep -qE '^sha256:[0-9a-f]{64}$' || {
        echo "deploy/images/digests.env lacks a digest: run scripts/pin_images.sh, look at the change, commit it." >&2
        exit 1
    }
done
# The wheel and the versions it runs with are made from what is in version control, outside of the image.
scripts/build_wheel.sh build/image
if [ "$image" = wordpress ]; then
    plugin=build/image/mcp-adapter.zip
    curl --fail --silent --show-error --location --output "$plugin" "$MCP_ADAPTER_URL"
    echo "$MCP_ADAPTER_SHA256  $plugin" | sha256sum --check --quiet - || {
        echo "$MCP_ADAPTER_URL is not what is pinned; see what has changed, and run scripts/pin_images.sh." >&2
        exit 1
    }
fi
exec docker buildx build --file "deploy/images/$image/Dockerfile" --tag "$tag" \
    --build-arg "PYTHON_DIGEST=$PYTHON_DIGEST" --build-arg "DEBIAN_DIGEST=$DEBIAN_DIGEST" "$@" .
