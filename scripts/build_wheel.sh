#!/bin/sh
# Makes in DIRECTORY what an image installs: Presswerk's wheel, and requirements.txt with every version and hash of
# uv.lock that a cluster needs. build_wheel.sh DIRECTORY
set -eu

cd "$(dirname "$0")/.."
[ "$#" -eq 1 ] || {
    echo "usage: $0 DIRECTORY" >&2
    exit 2
}
rm -rf "$1"
mkdir -p "$1"
uv build --quiet --wheel --out-dir "$1"
uv export --quiet --frozen --no-dev --no-emit-project --extra cluster --output-file "$1/requirements.txt"
rm -f "$1/.gitignore"
