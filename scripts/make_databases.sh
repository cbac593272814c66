#!/bin/bash
# Makes the databases of sign-on, chat and hub, each with a user of its own, as their Secrets say: make_databases.sh
# database_pods.sh says how they are reached. PGPASSWORD is the password of the server's administrator, PGUSER that
# person's name and PGDATABASE where it signs in (both presswerk unless set). A repeat changes nothing but what a Secret
# says otherwise now. Status 1 if one cannot be made.
set -euo pipefail

here="$(cd "$(dirname "$0")" && pwd)"
# shellcheck source=scripts/database_pods.sh
source "$here/database_pods.sh"
: "${PGPASSWORD:?has to be the password of the administrator of the server}"

make() {
    in_pod presswerk-databases "$1" sh -c '
        IFS= read -r ADMINISTRATOR && IFS= read -r ADMINISTRATOR_DATABASE && IFS= read -r ADMINISTRATOR_PASSWORD || exit 1
        export ADMINISTRATOR ADMINISTRATOR_DATABASE ADMINISTRATOR_PASSWORD
        exec sh -s' < <(
        # First what no argument may hold, a line each, then the script.
        printf '%s\n' "${PGUSER:-presswerk}" "${PGDATABASE:-presswerk}" "$PGPASSWORD"
        cat "$here"/{database_environment,make_database}.sh
    )
}

each_service presswerk-databases make 'made    ' 'NOT MADE'
