#!/bin/sh
# Installs Presswerk's wheel at exactly the versions of requirements.txt, and fails if a part of it cannot be imported.
# install.sh DIRECTORY TARGET: DIRECTORY holds the wheel and requirements.txt.
set -eu

from="$1"
target="$2"
python="$target/bin/python"

python3 -m venv "$target"
# Wheels only: nothing is compiled here, and no package's own setup runs.
"$python" -m pip install --quiet --no-cache-dir --disable-pip-version-check --only-binary :all: --require-hashes \
    --requirement "$from/requirements.txt"
"$python" -m pip install --quiet --no-cache-dir --disable-pip-version-check --no-deps "$from"/presswerk-*.whl

cd /
"$target/bin/presswerk" --version
"$python" -m presswerk.cli.imports >/dev/null
"$python" -m pip --quiet --disable-pip-version-check uninstall --yes pip
