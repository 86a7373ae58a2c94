#!/usr/bin/env bash
# Checks what `dotnet pack` wrote to the folder given: a package and symbols for each library, what is inside, what Core depends on.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1

fail() {
  echo "$1" >&2
  exit 1
}

for project in "$root"/src/*/; do
  id=$(basename "$project")
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
[ "$(find "$folder" -name '*.nupkg' | wc -l)" = "$(find "$root"/src -name '*.csproj' | wc -l)" ] || fail "$folder has packages of other projects."

expected='Microsoft.Extensions.Logging.Abstractions 10.0.0
System.Numerics.Tensors 11.0.0
TorchSharp [0.107.0, 0.108.0)'
found=$(sed -nE 's/.*<dependency id="([^"]*)" version="([^"]*)".*/\1 \2/p' "$root"/artifacts/obj/LongAlign.Core/Release/LongAlign.Core.[0-9]*[0-9].nuspec)
[ "$found" = "$expected" ] || fail "LongAlign.Core depends on:
$found
expected:
$expected"
ls -l "$folder"
