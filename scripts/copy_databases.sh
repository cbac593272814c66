#!/bin/bash
# Copies the databases of sign-on, chat and hub to object storage: copy_databases.sh LABEL
# database_pods.sh says how they are reached, keep_copy.sh where copies go. Status 1 if one copy fails.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
# shellcheck source=scripts/database_pods.sh
source "$here/database_pods.sh"
label="$1"
: "${PRESSWERK_COPIES_BUCKET:?names no bucket}"
stamp="$(date --utc +%Y-%m-%dT%H-%M-%SZ)"
# Readable by us alone, and gone afterwards: it holds what the databases hold.
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

copy() {
    local service="$1" secret="${1#*/}" archive="$scratch/${1#*/}.dump"
    in_pod presswerk-copy "$service" sh -s < <(cat "$here"/{database_environment,dump_database}.sh) >"$archive" || return 1
    # Reads all of it, as a restoration would.
    in_pod presswerk-copy "$service" pg_restore --file=/dev/null <"$archive" || return 1
    "$here/keep_copy.sh" "$archive" "$label/$stamp/databases/$secret.dump" || return 1
    rm -f "$archive"
}

each_service presswerk-copy copy 'copied    ' 'NOT COPIED'
