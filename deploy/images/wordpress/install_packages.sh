#!/bin/sh
# Installs the web server, and PHP with what WordPress needs, on Debian, and fails if a part of PHP does not load. As root,
# while an image is built; the lists beside this script are those of the local runtime.
set -eu

system="$(cd "$(dirname "$0")" && pwd)"

apt-get update -qq
# tini ends what a pod runs, and waits for it.
DEBIAN_FRONTEND=noninteractive xargs apt-get install -y -qq --no-install-recommends tini ca-certificates \
    <"$system/packages"
rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/apt /var/log/dpkg.log

for directory in /etc/php/*/cli/conf.d /etc/php/*/fpm/conf.d; do
    cp "$system/php.ini" "$directory/99-presswerk.ini"
done
ln -sf "$(find /usr/sbin -name "php-fpm*")" /usr/local/sbin/php-fpm
"$system/check_php.sh"
