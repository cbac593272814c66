#!/bin/sh
# Builds one of deploy/images: build_image.sh hub|wordpress TAG [what else the builder takes]
# Example: scripts/build_image.sh hub presswerk/hub:0.2.0 --load
# Environment: BUILDER, "docker buildx build" unless it says e.g. "buildah build --format docker"; BASE_IMAGE, another base
# than deploy/images/digests.env has. Behind a mirror: BUILD_AUTHORITIES, a file of the certificate authorities that
# package indexes are trusted by, and BUILD_PIP_CONFIG, a pip.conf; both are secrets of the build and stay in no layer.
set -eu

cd "$(dirname "$0")/.."
[ ! -d .venv/bin ] || PATH="$PWD/.venv/bin:$PATH"
[ "$#" -ge 2 ] || {
    sed -n 2,6p "$0" >&2
    exit 2
}
image="$1"
tag="$2"
shift 2
wanted="${BASE_IMAGE:-}"
# shellcheck source=deploy/images/digests.env
. deploy/images/digests.env
BASE_IMAGE="${wanted:-$BASE_IMAGE}"
if ! printf '%s' "$BASE_IMAGE" | grep -qE '@sha256:[0-9a-f]{64}$'; then
    case " $* " in
    *" --push "*)
        echo "$BASE_IMAGE is not pinned, so nothing is published from it: run scripts/pin_images.sh, look at the change," \
            "commit it." >&2
        exit 1
        ;;
    esac
    echo "$BASE_IMAGE is not pinned: this image is one to try things with." >&2
fi

# What goes in is made from what is in version control, outside of the image.
context="build/$image"
rm -rf "$context"
case "$image" in
hub)
    scripts/build_wheel.sh "$context/wheel"
    mv "$context/wheel/requirements.txt" "$context/"
    cp deploy/images/hub/install.sh "$context/"
    ;;
wordpress)
    mkdir -p "$context"
    plugin=""
    if [ -n "$MCP_ADAPTER_SHA256" ]; then
        plugin=build/mcp-adapter.zip
        curl --fail --silent --show-error --location --output "$plugin" "$MCP_ADAPTER_URL"
        echo "$MCP_ADAPTER_SHA256  $plugin" | sha256sum --check --quiet - || {
            echo "$MCP_ADAPTER_URL is not what is pinned; see what has changed, and run scripts/pin_images.sh." >&2
            exit 1
        }
    else
        echo "The MCP adapter is not pinned: sites of this image have none to switch on." >&2
    fi
    python deploy/images/wordpress/assemble.py "$context" ${plugin:+"$plugin"}
    ;;
*)
    echo "there is no image $image; there are: hub, wordpress" >&2
    exit 2
    ;;
esac

[ -z "${BUILD_AUTHORITIES:-}" ] || set -- --secret "id=authorities,src=$BUILD_AUTHORITIES" "$@"
[ -z "${BUILD_PIP_CONFIG:-}" ] || set -- --secret "id=pip,src=$BUILD_PIP_CONFIG" "$@"
# shellcheck disable=SC2086  # a list of words
exec ${BUILDER:-docker buildx build} --file "deploy/images/$image/Dockerfile" --tag "$tag" \
    --build-arg "BASE_IMAGE=$BASE_IMAGE" "$@" "$context"
