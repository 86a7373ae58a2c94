#!/usr/bin/env bash
# Builds a self-contained program without libtorch, and runs attention, the loss and a training step on the libtorch of a folder.
#
#   eng/gpu-check.sh FOLDER          FOLDER/lib or FOLDER has libtorch.so (2.10, the build for CUDA)
#   eng/gpu-check.sh FOLDER --cpu    with tiny sizes on the CPU; any build of libtorch 2.10
#
# Exit code: 0 all met, 1 a bar missed, 2 no GPU or no libtorch. The program is left in artifacts/gpu-check; docs/gpu.md says more.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

libtorch=${1:-}
[ -f "$libtorch/lib/libtorch.so" ] && libtorch=$libtorch/lib
if [ ! -f "$libtorch/libtorch.so" ]; then
  echo "Usage: eng/gpu-check.sh FOLDER [--cpu]: there is no libtorch.so in '${1:-}' or its lib." >&2
  exit 2
fi
shift

rm -rf artifacts/gpu-check
dotnet publish benchmarks/GpuCheck -c Release -r linux-x64 --self-contained -p:UsesTorchBackend=false -o artifacts/gpu-check --nologo -v quiet
LD_LIBRARY_PATH="$libtorch${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec artifacts/gpu-check/GpuCheck "$@"
