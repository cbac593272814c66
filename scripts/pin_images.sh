#!/bin/sh
# Asks the registry for the digests of the images that ours are made from, and writes them to deploy/images/digests.env.
# Needs Docker with buildx. Look at the change before you commit it.
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

python="$(digest_of docker.io/library/python:3.12-slim-bookworm)"
debian="$(digest_of docker.io/library/debian:bookworm-slim)"
{
    echo "# Written by scripts/pin_images.sh; the tags are in the Dockerfiles."
    echo "PYTHON_DIGEST=$python"
    echo "DEBIAN_DIGEST=$debian"
} >"$file.new"
mv -f "$file.new" "$file"
cat "$file"
