#!/bin/bash
# Prints what `presswerk deploy --json` has written to FILE as Markdown. delivery_summary.sh FILE
set -euo pipefail

if [ ! -s "${1:?}" ]; then
    echo "Nothing was delivered to the cluster; see the log."
    exit 0
fi
jq --raw-output '
    "## Delivery \(.delivery // "-"): \(.outcome)",
    "", (.reason // "" | select(. != "")), (.next_step // "" | select(. != "")), "",
    "| what | what was done |", "|---|---|",
    (.steps[]? | "| \(.step) | \(.did), \(.seconds) s |"),
    (.probes[]? | "| \(.name) | \(.url): \(.said) |"),
    (.warnings[]? | "\n\(.)")' "$1"
