#!/bin/bash
# Bring the catalogues of translations up to the messages in code and templates. Run it after adding or changing a
# message, then translate what is empty in src/presswerk/locale/*.po; a test names what is missing.
# With a file named, write the messages there and change nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
source=src/presswerk
pybabel=${PYBABEL:-.venv/bin/pybabel}
extract() {
  $pybabel --quiet extract --mapping-file babel.toml --no-location --no-wrap --sort-output \
    --keyword Message --keyword counted:1,2 --omit-header --output-file "$1" "$source"
}
if [ $# -gt 0 ]; then
  extract "$1"
  exit
fi
template=$(mktemp)
trap 'rm -f "$template"' EXIT
extract "$template"
for catalogue in "$source"/locale/*.po; do
  $pybabel --quiet update --input-file "$template" --output-file "$catalogue" --locale "$(basename "$catalogue" .po)" \
    --no-fuzzy-matching --ignore-obsolete --no-wrap --omit-header
done
