#!/usr/bin/env bash
# Checks by MSBuild's evaluation that TorchBackend gives each application exactly one native backend, and libraries none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

backends_of() {
  dotnet msbuild "$1" -t:CollectPackageReferences -getItem:PackageReference "-p:TorchBackend=$2" |
    sed -nE 's/.*"Identity": "(TorchSharp-[^"]*)".*/\1/p'
}

fail() {
  echo "$1" >&2
  exit 1
}

expect() {
  [ "$1" = "$2" ] || fail "$3: expected '$2', got '$1'."
}

application=tests/LongAlign.Core.Tests
tool=src/LongAlign.Cli/
for backend in cpu cuda-windows cuda-linux; do
  for project in "$application" src/*/; do
    expected=
    case "$project" in "$application" | "$tool") expected=TorchSharp-$backend ;; esac
    expect "$(backends_of "$project" "$backend")" "$expected" "TorchBackend=$backend in $project"
  done
done

message=$(dotnet msbuild "$application" -t:CollectPackageReferences -p:TorchBackend=wrong 2>&1) &&
  fail "TorchBackend=wrong was accepted."
[[ $message == *"it must be cpu, cuda-windows or cuda-linux"* ]] || fail "TorchBackend=wrong is refused without its cure: $message"
echo "Native backends: cpu, cuda-windows and cuda-linux are chosen, anything else is refused."
