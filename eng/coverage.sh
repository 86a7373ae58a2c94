#!/usr/bin/env bash
# Runs all tests and writes which lines and branches of the libraries they reach: artifacts/coverage/index.html, and Summary.md beside it.
# Arguments go to `dotnet test`.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prerequisites.sh"
source "$root/eng/openmpi.sh"
cd "$root"
offer_openmpi

out=$root/artifacts/coverage
rm -rf "$out"
dotnet tool restore
status=0 # where a test fails, the report is written all the same
dotnet test --solution LongAlign.Core.sln -c Release -p:Coverage=true --max-parallel-test-modules 1 --results-directory "$out/results" \
  --coverlet --coverlet-output-format cobertura --coverlet-include '[LongAlign.*]*' --coverlet-exclude '[*.Tests]*' --coverlet-exclude '[LongAlign.Testing]*' "$@" || status=$?
dotnet reportgenerator "-reports:$out/results/**/*cobertura*.xml" "-targetdir:$out" '-reporttypes:Html;MarkdownSummaryGithub;TextSummary' -verbosity:Warning
sed -n '/^Summary/,/^ *Method coverage/p' "$out/Summary.txt"
echo "$out/index.html"
exit "$status"
