#!/bin/sh
# Serves one site: prepares its volume, then becomes PHP's web server.
set -eu

image="$(cd "$(dirname "$0")" && pwd)"
wordpress="$(dirname "$image")"
volume="$(dirname "$PRESSWERK_SITE_CONTENT")"
configuration="$(dirname "$PRESSWERK_SITE_CONFIG")"

php "$image/prepare.php"

# An administrator of the site can point WordPress's settings at any path; PHP itself must not follow.
# -q: its access log would hold the query of every sign-on.
exec php -q -d "open_basedir=$wordpress/:$volume/:$configuration/:${TMPDIR:-/tmp}/" \
    -d "auto_prepend_file=$image/behind_entry.php" \
    -S "${PRESSWERK_SITE_ADDRESS:-0.0.0.0:8080}" -t "$wordpress/core" "$image/router.php"
