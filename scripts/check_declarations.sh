#!/bin/sh
# Says of each platform.yaml that is named whether it holds, and whether what it declares fits its node pool.
set -eu

[ "$#" -gt 0 ] || {
    echo "usage: $0 FILE..." >&2
    exit 2
}
for file in "$@"; do
    echo "$file"
    presswerk config check "$file"
    presswerk capacity --config "$file"
done
