#!/bin/sh
# Fails, and names what is missing, unless PHP has every extension in the list beside this script.
set -eu

image="$(cd "$(dirname "$0")" && pwd)"
loaded="$(php -r 'echo implode("\n", get_loaded_extensions());')"
status=0
while read -r extension; do
    printf '%s\n' "$loaded" | grep -qxF "$extension" || {
        echo "PHP lacks: $extension" >&2
        status=1
    }
done <"$image/php-extensions"
exit "$status"
