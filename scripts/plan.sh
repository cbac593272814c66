#!/bin/bash
# Writes to OUT, as Markdown, whether a declaration holds and fits and what applying it would change; status 1 if one of
# the three fails. plan.sh FILE OUT
set -uo pipefail

file="$1"
out="$2"
status=0
: >"$out"

section() {
    local title="$1" told
    shift
    told="$("$@" 2>&1)" || {
        status=1
        title="$title: failed"
    }
    printf '%s\n' "$told"
    # Four spaces make a block of it whatever it holds; a comment may have 65536 characters.
    {
        printf '### %s\n\n' "$title"
        printf '%s\n' "$told" | head -c 15000 | sed 's/^/    /'
        printf '\n'
    } >>"$out"
}

section "Declaration" presswerk config check "$file"
section "Capacity" presswerk capacity --config "$file"
section "Plan" presswerk infra plan --config "$file"
exit "$status"
