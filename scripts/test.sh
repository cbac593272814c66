#!/bin/sh
# Runs all tests, in two rows beside each other: those of real services wait more than they work. The report of the
# row without a terminal follows at the end. Ends with 0 only when both passed.
set -u

cd "$(dirname "$0")/.."
report=test-results/beside.txt
mkdir -p test-results

pytest -o cache_dir=.pytest_cache/beside tests/unit tests/validation tests/e2e >"$report" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null' EXIT
trap 'exit 130' INT TERM

pytest tests/integration
integration_status=$?
echo "The tests beside these are still being waited for; $report shows how far they are."
wait "$beside"
beside_status=$?
trap - EXIT

cat "$report"
[ "$integration_status" -eq 0 ] && [ "$beside_status" -eq 0 ]
