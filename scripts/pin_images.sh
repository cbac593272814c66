#!/bin/sh
# Asks the registry for the digests of the images that ours are made from, fetches the plugin that WordPress's image has
# besides, and writes what they are to deploy/images/digests.env. MCP_ADAPTER_VERSION takes another release of the plugin.
# Needs Docker with buildx, and curl. Look at the change before you commit it.
set -eu

cd "$(dirname "$0")/.."
file=deploy/images/digests.env

digest_of() {
    found="$(docker buildx imagetools inspect "$1" --format '{{.Manifest.Digest}}')"
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
    curl --fail --silent --show-error --location --output "$fetched" "$1"
    [ "$(head -c 2 "$fetched")" = PK ] || {
        echo "$1 is no zip file" >&2
        exit 1
    }
    sha256sum "$fetched" | cut -d ' ' -f 1
}

# shellcheck source=deploy/images/digests.env
. "$file"
[ -z "${MCP_ADAPTER_VERSION:-}" ] ||
    MCP_ADAPTER_URL="https://github.com/WordPress/mcp-adapter/releases/download/v$MCP_ADAPTER_VERSION/mcp-adapter.zip"
python="$(digest_of docker.io/library/python:3.12-slim-bookworm)"
debian="$(digest_of docker.io/library/debian:bookworm-slim)"
plugin="$(sum_of "$MCP_ADAPTER_URL")"
{
    echo "# Written by scripts/pin_images.sh; the tags are in the Dockerfiles."
    echo "PYTHON_DIGEST=$python"
    echo "DEBIAN_DIGEST=$debian"
    echo "MCP_ADAPTER_URL=$MCP_ADAPTER_URL"
    echo "MCP_ADAPTER_SHA256=$plugin"
} >"$file.new"
mv -f "$file.new" "$file"
cat "$file"
