#!/bin/sh
# Names the PostgreSQL database that the keys of one service's Secret mean by the variables that PostgreSQL's own programs
# read. It stands before dump_database.sh and make_database.sh, in a pod that has those keys as its environment.
set -eu

# What stands percent-encoded in an address (RFC 3986, 2.1).
decoded() {
    printf '%s' "$1" | LC_ALL=C awk '{
        out = ""
        while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
            digits = tolower(substr($0, RSTART + 1, 2))
            code = 16 * index("123456789abcdef", substr(digits, 1, 1)) + index("123456789abcdef", substr(digits, 2, 1))
            out = out substr($0, 1, RSTART - 1) sprintf("%c", code)
            $0 = substr($0, RSTART + RLENGTH)
        }
        printf "%s", out $0
    }'
}

if [ -n "${AUTHENTIK_POSTGRESQL__HOST:-}" ]; then
    PGHOST="$AUTHENTIK_POSTGRESQL__HOST"
    PGPORT="${AUTHENTIK_POSTGRESQL__PORT:-5432}"
    PGDATABASE="$AUTHENTIK_POSTGRESQL__NAME"
    PGUSER="$AUTHENTIK_POSTGRESQL__USER"
    PGPASSWORD="$AUTHENTIK_POSTGRESQL__PASSWORD"
else
    address="${PRESSWERK_DATABASE_URL:-${DATABASE_URL:-}}"
    case "$address" in
    postgresql://*@*/* | postgresql+*://*@*/* | postgres://*@*/*) ;;
    *)
        echo "The Secret names no PostgreSQL database: its address does not begin with postgresql:// and a user" >&2
        exit 1
        ;;
    esac
    rest="${address#*://}"
    user="${rest%%@*}"
    server="${rest#*@}"
    name="${server#*/}"
    server="${server%%/*}"
    case "$name" in
    *[?\&]sslmode=*)
        mode="${name##*sslmode=}"
        export PGSSLMODE="${mode%%&*}"
        ;;
    esac
    PGHOST="${server%:*}"
    PGPORT=5432
    [ "$PGHOST" = "$server" ] || PGPORT="${server##*:}"
    PGDATABASE="$(decoded "${name%%\?*}")"
    PGUSER="$(decoded "${user%%:*}")"
    PGPASSWORD="$(decoded "${user#*:}")"
fi
export PGHOST PGPORT PGDATABASE PGUSER PGPASSWORD PGCONNECT_TIMEOUT=30
