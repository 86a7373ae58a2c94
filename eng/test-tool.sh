#!/usr/bin/env bash
# Packs the command-line tool, installs it as a user would, into a folder of its own, and runs commands that need libtorch and that don't.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prerequisites.sh"
cd "$root"
feed="$root/artifacts/tool-packages"
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
rm -rf "$feed"
dotnet pack src/LongAlign.Cli -c Release -v quiet --nologo -o "$feed"
ls -sh "$feed"

# Elsewhere: this repository's nuget.config allows no other source.
cd "$tool"
printf '%s\n' '<configuration><packageSources><clear /><add key="local" value="'"$feed"'" /></packageSources></configuration>' >nuget.config
dotnet tool install LongAlign.Cli --tool-path bin --prerelease
bin/longalign doctor --json | grep '"name"' >/dev/null || fail "longalign doctor --json printed nothing of use."
seq 100 90 9000 >lengths.txt
bin/longalign plan lengths.txt --capacity 16384
bin/longalign recipe train >train.yaml
status=0
bin/longalign train train.yaml --set training.stepz=1 2>fault.txt || status=$?
[ "$status" = 2 ] || fail "longalign train with an unknown option ended with $status; expected 2."
cat fault.txt
echo "longalign was packed, installed and run."
