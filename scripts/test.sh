#!/bin/sh
# Runs all tests. Those of the pure core run beside those of real services, which wait more than they work; their report
# follows at the end. Ends with 0 only when both passed.
set -u

cd "$(dirname "$0")/.."
report=test-results/core.txt
mkdir -p test-results

pytest tests/unit tests/validation >"$report" 2>&1 &
core=$!
trap 'kill "$core" 2>/dev/null' EXIT
trap 'exit 130' INT TERM

pytest tests/e2e tests/integration
services_status=$?
wait "$core"
core_status=$?
trap - EXIT

cat "$report"
[ "$services_status" -eq 0 ] && [ "$core_status" -eq 0 ]
