#!/bin/sh
# Installs PHP with what WordPress needs on Debian, and fails if a part of it does not load. As root, while an image is
# built; the lists beside this script are those of the local runtime.
set -eu

image="$(cd "$(dirname "$0")" && pwd)"

apt-get update -qq
# tini ends what a pod runs, and waits for it: PHP's server does neither as the first process.
DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -qq --no-install-recommends tini ca-certificates \
    <"$image/php-packages"
rm -rf /var/lib/apt/lists/*

for directory in /etc/php/*/cli/conf.d; do
    cp "$image/php.ini" "$directory/99-presswerk.ini"
done
"$image/check_php.sh"
