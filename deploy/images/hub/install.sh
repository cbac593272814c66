#!/bin/sh
# Installs Presswerk into a virtual environment while the hub's image is built.
# install.sh requirements FILE TARGET: exactly these versions; pip's settings and the authorities of a package index come
# as the build's secrets, where it has them.
# install.sh wheel DIRECTORY TARGET: Presswerk itself; fails if a part of it cannot be imported.
set -eu

what="$1"
from="$2"
target="$3"
python="$target/bin/python"

pip() {
    "$python" -m pip --quiet --no-cache-dir --disable-pip-version-check "$@"
}

case "$what" in
requirements)
    [ ! -s /run/secrets/pip ] || export PIP_CONFIG_FILE=/run/secrets/pip
    [ ! -s /run/secrets/authorities ] || export PIP_CERT=/run/secrets/authorities
    python3 -m venv "$target"
    # Wheels only: nothing is compiled here, and no package's own setup runs.
    pip install --only-binary :all: --require-hashes --requirement "$from"
    # The hub speaks English and German; the other languages' names of months are a tenth of all this.
    find "$target" -path '*/babel/locale-data/*' ! -name root.dat ! -name 'en*' ! -name 'de*' -delete
    # Another tenth is for debuggers. Libraries that wheels carry besides are as their linker left them.
    find "$target" -name '*.so' ! -path '*.libs/*' -exec strip --strip-debug {} +
    ;;
wheel)
    pip install --no-index --no-deps "$from"/presswerk-*.whl
    cd /
    "$target/bin/presswerk" --version
    "$python" -m presswerk.cli.imports >/dev/null
    pip uninstall --yes pip setuptools
    ;;
*)
    sed -n '2,5p' "$0" >&2
    exit 2
    ;;
esac
