#!/bin/sh
# Lets the chart of this checkout take its images from a registry, such as ghcr.io/your-name: use_images.sh REGISTRY
set -eu

cd "$(dirname "$0")/.."
values=deploy/charts/presswerk/values.yaml
case "${1:-}" in
"" | *[!a-z0-9./:_-]*)
    echo "usage: $0 REGISTRY, such as ghcr.io/your-name (a variable PRESSWERK_REGISTRY of the repository?)" >&2
    exit 2
    ;;
esac
version="$(sed -n 's/^appVersion: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' deploy/charts/presswerk/Chart.yaml)"
sed -i \
    -e "s|^  repository: .*|  repository: $1/presswerk-hub|" \
    -e "s|^  wordpressImage: .*|  wordpressImage: $1/presswerk-wordpress:$version|" "$values"
for wanted in "  repository: $1/presswerk-hub" "  wordpressImage: $1/presswerk-wordpress:$version"; do
    grep -qxF "$wanted" "$values" || {
        echo "$values has no line to change into: $wanted" >&2
        exit 1
    }
done
