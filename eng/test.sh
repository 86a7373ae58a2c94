#!/usr/bin/env bash
# Builds and runs the tests. `--golden` runs those alone that compare with the reference implementation, `--quick` leaves out the slow ones.
# Ends with the line "N passed, N failed".
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prerequisites.sh"
source "$root/eng/openmpi.sh"
cd "$root"
offer_openmpi

filter=()
case "${1:-}" in
  --golden) filter=(--filter-trait Category=Golden --ignore-exit-code 8); shift ;;
  --quick) filter=(--filter-not-trait Speed=Slow --ignore-exit-code 8); shift ;;
esac

# 8: a project has no test of that kind. Two test projects at a time, each with one thread in libtorch: tests that wait leave their core to others.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
dotnet test --solution LongAlign.Core.sln --max-parallel-test-modules 2 ${filter[@]+"${filter[@]}"} "$@" 2>&1 | tee "$log" || status=$?
count() { awk -v name="$1:" '$1 == name {sum += $2} END {print sum + 0}' "$log"; }
passed=$(count succeeded)
failed=$(count failed)
[ "$status" = 0 ] || [ "$failed" != 0 ] || failed=1 # a build or a run that broke off
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
