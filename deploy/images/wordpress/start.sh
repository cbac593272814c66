#!/bin/bash
# Serves one site: prepares its volume, then runs PHP-FPM and the web server before it until one of them ends or it is told
# to end; then requests that are being answered are finished, and the container ends with them.
set -euo pipefail

image="$(cd "$(dirname "$0")" && pwd)"
configuration="$(dirname "$PRESSWERK_SITE_CONFIG")"
ulimit -n "$(ulimit -H -n)"

php "$image/prepare.php"

php-fpm --nodaemonize --fpm-config "$configuration/php-fpm.conf" &
php=$!
nginx -p /tmp -c "$configuration/nginx.conf" -e stderr &
web=$!

told=""
trap 'told=yes; kill -QUIT "$web" 2>/dev/null || true' TERM INT QUIT
status=0
wait -n "$php" "$web" || status=$?
[ -n "$told" ] || echo "PHP-FPM or the web server has ended by itself, with $status." >&2
# The web server first: it takes no more requests, and waits for the answers to those it has.
kill -QUIT "$web" 2>/dev/null || true
wait "$web" || true
kill -QUIT "$php" 2>/dev/null || true
wait "$php" || true
[ -n "$told" ] || exit "$((status == 0 ? 1 : status))"
