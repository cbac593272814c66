#!/bin/bash
# Restores a copy of a site's content into an empty database beside everything, and fails unless it then holds the same
# rows: restore_drill.sh CONTENT.jsonl.gz. Needs PHP and Presswerk's environment (`make setup`); touches no site.
set -euo pipefail

here="$(cd "$(dirname "$0")/.." && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
export PYTHONDONTWRITEBYTECODE=1

"${PRESSWERK_PYTHON:-$here/.venv/bin/python}" "$here/deploy/images/wordpress/assemble.py" "$scratch/image" >&2
mkdir "$scratch/site"
cat >"$scratch/site/config.php" <<PHP
<?php
define( 'WP_HOME', 'https://drill.invalid' );
define( 'WP_CONTENT_DIR', '$scratch/volume/content' );
define( 'DB_ENGINE', 'sqlite' );
define( 'DB_DIR', '$scratch/volume/database' );
define( 'DB_FILE', 'site.sqlite' );
foreach ( array( 'DB_USER', 'DB_PASSWORD', 'DB_HOST', 'DB_COLLATE' ) as \$name ) {
	define( \$name, '' );
}
define( 'DB_NAME', 'wordpress' );
define( 'DB_CHARSET', 'utf8mb4' );
PHP
export PRESSWERK_SITE_CONFIG="$scratch/site/config.php" PRESSWERK_SITE_CONTENT="$scratch/volume/content"
export PRESSWERK_SITE_HOST=drill.invalid PRESSWERK_WORDPRESS="$scratch/image/wordpress/core"
php "$scratch/image/wordpress/image/prepare.php"
gzip --decompress --stdout "$1" |
    php -d display_errors=stderr -d memory_limit=-1 "$scratch/image/wordpress/content_in.php" >"$scratch/tables"
jq --raw-output '"restored \(length) tables, \(.wp_posts.rows) rows in wp_posts"' "$scratch/tables"
