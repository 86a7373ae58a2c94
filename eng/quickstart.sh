#!/usr/bin/env bash
# Runs the quickstart; its options, such as --short, are passed on. Results: artifacts/quickstart.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prerequisites.sh"
cd "$root"
dotnet run --project samples/Quickstart -c Release -- "$@"
