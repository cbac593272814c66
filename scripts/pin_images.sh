#!/bin/sh
# Asks the registry for the digest of the image that ours are made from, fetches the plugin that the sites' image has
# besides, and writes what they are to deploy/images/digests.env. MCP_ADAPTER_VERSION takes another release of the plugin;
# where it is not to be had, images are made without it. Needs Docker with buildx, or skopeo, and curl. Look at the change
# before you commit it.
set -eu

cd "$(dirname "$0")/.."
file=deploy/images/digests.env

digest_of() {
    if command -v skopeo >/dev/null; then
        found="$(skopeo inspect --format '{{.Digest}}' "docker://$1")"
    else
        found="$(docker buildx imagetools inspect "$1" --format '{{.Manifest.Digest}}')"
    fi
    printf '%s' "$found" | grep -qE '^sha256:[0-9a-f]{64}$' || {
        echo "$1: the registry gave no digest, but: $found" >&2
        exit 1
    }
    printf '%s' "$found"
}

# Of a file that is there for certain: an error page has a sum, too.
sum_of() {
    fetched="$(mktemp)"
    trap 'rm -f "$fetched"' EXIT
    if curl --fail --silent --show-error --location --output "$fetched" "$1" && [ "$(head -c 2 "$fetched")" = PK ]; then
        sha256sum "$fetched" | cut -d ' ' -f 1
    else
        echo "$1 is no zip file, or not to be had: sites will have no MCP adapter." >&2
    fi
}

# shellcheck source=deploy/images/digests.env
. "$file"
[ -z "${MCP_ADAPTER_VERSION:-}" ] ||
    MCP_ADAPTER_URL="https://github.com/WordPress/mcp-adapter/releases/download/v$MCP_ADAPTER_VERSION/mcp-adapter.zip"
base="${BASE_IMAGE%@*}"
digest="$(digest_of "$base")"
plugin="$(sum_of "$MCP_ADAPTER_URL")"
{
    echo "# Written by scripts/pin_images.sh. Without a digest an image is built from the tag, and nothing is published."
    echo "BASE_IMAGE=$base@$digest"
    echo "MCP_ADAPTER_URL=$MCP_ADAPTER_URL"
    echo "MCP_ADAPTER_SHA256=$plugin"
} >"$file.new"
mv -f "$file.new" "$file"
cat "$file"
