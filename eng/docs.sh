#!/usr/bin/env bash
# Builds the documentation into artifacts/docs: the pages of docs/, an API reference made from the libraries, and a search index; then
# checks every link, also those of the repository's other Markdown files. Needs Node 18 or newer, which Debian as root installs.
#
#   bash eng/docs.sh [--serve | --check]
#
# --serve then shows the site on http://localhost:4173. --check makes the reference and checks the links of Markdown files alone, without
# Node and in seconds: every public member has a comment, and every reference goes somewhere.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prerequisites.sh"
cd "$root"

node_is_there() {
  command -v npm >/dev/null 2>&1 && [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 18 ]
}

require_node() {
  node_is_there && return 0
  case "$(distribution)" in
    debian\ *) ;;
    *) fail "The documentation needs Node 18 or newer with npm: install it from https://nodejs.org and run this again." ;;
  esac
  [ "$(id -u)" = 0 ] && [ -z "${LONGALIGN_NO_INSTALL:-}" ] ||
    fail "The documentation needs Node 18 or newer with npm: install nodejs and npm, or run this once as root without LONGALIGN_NO_INSTALL to let them be installed."
  echo "Installing nodejs and npm (set LONGALIGN_NO_INSTALL=1 to forbid this)."
  install_node || { apt-get update -qq || true; install_node; } || fail "apt-get could not install nodejs and npm."
  node_is_there || fail "nodejs of this Debian is older than 18."
}

install_node() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null 2>&1
}

[ "${1:-}" = --check ] || require_node
site=artifacts/docs-site
mkdir -p "$site"
rm -rf "$site/pages" "$site/.vitepress"
cp -r eng/site/. "$site"
dotnet run --project eng/Docs -c Release -- pages . "$site/pages"
if [ "${1:-}" = --check ]; then
  exec dotnet run --project eng/Docs -c Release --no-build -- links .
fi

# The versions are those of the lock file. Not `npm ci`, which wants the binaries of every platform in it; it has those of some.
# Scripts of packages are not run: the tools come as binaries within them.
if ! cmp -s eng/site/package-lock.json "$site/node_modules/.installed-lock.json"; then
  (cd "$site" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error)
  cp eng/site/package-lock.json "$site/node_modules/.installed-lock.json"
fi
rm -rf artifacts/docs
(cd "$site" && npx --no-install vitepress build .)

dotnet run --project eng/Docs -c Release --no-build -- links . artifacts/docs
echo "Written to $root/artifacts/docs"
if [ "${1:-}" = --serve ]; then
  cd "$site" && npx --no-install vitepress preview .
fi
