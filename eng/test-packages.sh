#!/usr/bin/env bash
# Does what the READMEs tell: for README.md and that of each package, a new console program with the packages that it says to add, from
# artifacts/packages, and its first block of C#; builds it, runs it and compares what it prints with the block below.
# Then builds a sample against the packages and runs it. `dotnet pack LongAlign.Core.sln -c Release -o artifacts/packages` comes first.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prerequisites.sh"
source "$root/eng/openmpi.sh"
work="$root/artifacts/with-packages/programs"
export DOTNET_NOLOGO=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

# first_block LANGUAGE FILE: the lines of the first fenced block in that language.
first_block() {
  awk -v fence="^\`\`\`$1( |\$)" '$0 ~ /^```/ && inside {exit} inside {print} $0 ~ fence {inside = 1}' "$2"
}

packages_to_add() {
  sed -nE 's/^dotnet add package ([A-Za-z.-]+).*/\1/p' "$1"
}

# A user's folder: nothing of this repository's settings reaches into it.
prepare() {
  rm -rf "$work"
  mkdir -p "$work"
  echo '<Project />' | tee "$work/Directory.Build.targets" >"$work/Directory.Packages.props"
  echo '<Project><Import Project="../../../eng/local-feed.props" /></Project>' >"$work/Directory.Build.props"
  sed 's|"\.\./artifacts|"../..|' "$root/eng/local-feed.config" >"$work/nuget.config"
  (cd "$work" && dotnet new console -n Program -o template --no-restore >/dev/null)
}

# run_readme FILE: makes and runs the program of a README, in a folder of its own.
run_readme() {
  local readme=$1 name package start=$SECONDS expected printed
  name=$(basename "$(dirname "$readme")")
  [ "$readme" != "$root/README.md" ] || name=All
  cp -r "$work/template" "$work/$name"
  cd "$work/$name"
  first_block csharp "$readme" >Program.cs
  expected=$(first_block text "$readme")
  [ -s Program.cs ] && [ -n "$expected" ] || fail "$readme has no program, or does not say what it prints."
  for package in $(packages_to_add "$readme"); do
    dotnet add package "$package" >add.log || fail "$readme: dotnet add package $package failed: $(cat add.log)"
  done
  # The files that the programs of the READMEs read.
  mkdir models
  cp -r "$root/samples/data/tiny-llama" models/llama-2-7b
  dotnet build -c Release --use-current-runtime --no-self-contained -o out -v q >build.log || fail "$readme: its program does not build: $(grep -E 'error' build.log | sort -u)"
  printed=$(run_program "$name") || fail "$readme: its program fails."
  [ "$printed" = "$expected" ] || fail "$readme: its program prints
$printed
and not
$expected"
  echo "$name: $(packages_to_add "$readme" | paste -sd' ' -): builds, runs and prints what its README says ($((SECONDS - start)) s)."
  rm -rf "${work:?}/$name"
}

run_program() {
  if [ "$1" != LongAlign.Distributed.Mpi ]; then
    dotnet out/Program.dll
  elif openmpi_is_there; then
    # mpirun gives its programs a terminal, to which .NET would send that terminal's codes.
    TERM=dumb mpirun -n 2 --oversubscribe --bind-to none dotnet out/Program.dll
  else
    echo "Open MPI is missing: the program of $1 was built and not run." >&2
    first_block text "$root/src/$1/README.md"
  fi
}

[ -d "$root/artifacts/packages" ] || fail "artifacts/packages is missing: dotnet pack LongAlign.Core.sln -c Release -o artifacts/packages"
prepare
for readme in "$root/README.md" "$root"/src/*/README.md; do
  # A tool is installed and not added.
  ! grep -q '^dotnet tool install' "$readme" || continue
  (run_readme "$readme")
done

cd "$root"
dotnet run --project samples/OwnTrainingLoop -c Release -p:UsePackages=true | tail -n 1
dotnet run --project samples/Extend -c Release -p:UsePackages=true
[ -d artifacts/with-packages/unpacked/longalign.data ] || fail "samples/OwnTrainingLoop was not built against the packages."
