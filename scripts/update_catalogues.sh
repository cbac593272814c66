#!/bin/bash
# Bring the catalogues of translations up to the messages in code and templates. Run it after adding or changing a
# message, then translate what is empty in src/presswerk/web/console/locale/*.po; a test names what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
web=src/presswerk/web
template=$(mktemp)
trap 'rm -f "$template"' EXIT
pybabel=${PYBABEL:-.venv/bin/pybabel}
$pybabel --quiet extract --mapping-file babel.toml --no-location --no-wrap --sort-output --keyword N_ \
  --omit-header --output-file "$template" "$web"
for catalogue in "$web"/console/locale/*.po; do
  $pybabel --quiet update --input-file "$template" --output-file "$catalogue" --locale "$(basename "$catalogue" .po)" \
    --no-fuzzy-matching --ignore-obsolete --no-wrap --omit-header
done
