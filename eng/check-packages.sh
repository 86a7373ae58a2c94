#!/usr/bin/env bash
# Checks what `dotnet pack` wrote to the folder given: a package and symbols for each library, what is inside, what Core
# depends on, and the tool where it was packed.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1

fail() {
  echo "$1" >&2
  exit 1
}

libraries=0
for project in "$root"/src/*/; do
  id=$(basename "$project")
  grep -q "<PackAsTool>true" "$project/$id.csproj" && continue
  libraries=$((libraries + 1))
  package=$(echo "$folder/$id".[0-9]*.nupkg)
  [ -f "$package" ] || fail "$folder has no package $id."
  [ -f "${package%.nupkg}.snupkg" ] || fail "$folder has no symbols of $id."
  # File names stand uncompressed in a zip; a machine without unzip can read them.
  for file in README.md icon.png "lib/net10.0/$id.dll" "lib/net10.0/$id.xml"; do
    grep -qaF "$file" "$package" || fail "$package lacks $file."
  done
  nuspec="$root/artifacts/obj/$id/Release/$(basename "$package" .nupkg).nuspec"
  for element in '<license type="expression">MIT</license>' '<readme>README.md</readme>' '<icon>icon.png</icon>' '<tags>' '<description>'; do
    grep -qF "$element" "$nuspec" || fail "$nuspec lacks $element."
  done
done
[ "$(find "$folder" -name '*.nupkg' -not -name 'LongAlign.Cli.*' | wc -l)" = "$libraries" ] || fail "$folder has packages of other projects."

# The tool, where it was packed: a package that names its platforms, and one with libtorch for each.
if [ -f "$(echo "$folder"/LongAlign.Cli.[0-9]*.nupkg)" ]; then
  platform=$(find "$folder" -name 'LongAlign.Cli.[a-z]*.nupkg' | head -n 1)
  [ -f "$platform" ] || fail "$folder has LongAlign.Cli and no package of a platform beside it."
  for file in README.md icon.png DotnetToolSettings.xml LibTorchSharp train.schema.json; do
    grep -qaF "$file" "$platform" || fail "$platform lacks $file."
  done
  [ "$(stat -c %s "$platform")" -lt 250000000 ] || fail "$platform has more than the 250 MB that a gallery takes."
fi

expected='Microsoft.Extensions.Logging.Abstractions 10.0.0
System.Numerics.Tensors 11.0.0
TorchSharp [0.107.0, 0.108.0)'
found=$(sed -nE 's/.*<dependency id="([^"]*)" version="([^"]*)".*/\1 \2/p' "$root"/artifacts/obj/LongAlign.Core/Release/LongAlign.Core.[0-9]*[0-9].nuspec)
[ "$found" = "$expected" ] || fail "LongAlign.Core depends on:
$found
expected:
$expected"
ls -l "$folder"
