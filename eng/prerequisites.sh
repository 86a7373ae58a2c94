# Sourced by the entry points. Says in one plain sentence what is missing for TorchSharp, and on Debian 12 installs it.

fail() {
  echo "$1" >&2
  exit 1
}

require_dotnet() {
  local download=https://dotnet.microsoft.com/download/dotnet/10.0 sdks message
  command -v dotnet >/dev/null 2>&1 ||
    fail "The .NET 10 SDK is missing: install it from $download and run this again."
  message=$(cd "$root" && dotnet --version 2>&1) && return 0
  sdks=$(cd / && dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' -) || sdks=
  case " $sdks" in
    *" 10."*) fail "The .NET SDK ($sdks) is installed but does not start: ${message%%$'\n'   at *}" ;;
    # dotnet's own message about global.json is long; this one is short.
    *) fail "No .NET 10 SDK was found beside the installed ones (${sdks:-none}): install it from $download and run this again." ;;
  esac
}

# TorchSharp 0.107 is built with GCC 13 or newer: its native library asks for this symbol version.
libstdcxx_is_new_enough() {
  local directory library=
  # Where the loader looks: LD_LIBRARY_PATH first, then its cache.
  while IFS= read -r -d : directory; do
    [ -n "$library" ] || [ ! -e "$directory/libstdc++.so.6" ] || library="$directory/libstdc++.so.6"
  done <<<"${LD_LIBRARY_PATH:-}:"
  # 64-bit libraries alone; the whole list is read, so that no pipe breaks under pipefail.
  [ -n "$library" ] ||
    library=$(ldconfig -p 2>/dev/null | awk '/libstdc\+\+\.so\.6 .*(x86-64|AArch64)/ && !found {print $NF; found = 1}')
  [ -n "$library" ] && grep -qa 'GLIBCXX_3\.4\.32' "$library"
}

distribution() {
  # shellcheck disable=SC1091
  (. /etc/os-release 2>/dev/null && echo "${ID:-} ${VERSION_ID:-}") || true
}

require_libstdcxx() {
  [ "$(uname -s)" = Linux ] || return 0
  # Not every Linux has an ldconfig to ask; the library itself reports what is missing there.
  command -v ldconfig >/dev/null 2>&1 || PATH="$PATH:/sbin:/usr/sbin"
  command -v ldconfig >/dev/null 2>&1 || return 0
  libstdcxx_is_new_enough && return 0

  local missing="TorchSharp needs a libstdc++ with GLIBCXX_3.4.32 (GCC 13; Debian 13, Ubuntu 24.04, Fedora 38 or newer have it), and this system's is older"
  if [ "$(distribution)" != "debian 12" ]; then
    fail "$missing: use one of those systems or a .NET 10 SDK container image, or install a newer libstdc++6 (on Ubuntu 22.04: from ppa:ubuntu-toolchain-r/test)."
  fi
  if [ -n "${LONGALIGN_NO_INSTALL:-}" ]; then
    fail "$missing: install libstdc++6 from Debian 13, or unset LONGALIGN_NO_INSTALL and run this as root to let it be installed."
  fi
  if [ "$(id -u)" != 0 ]; then
    fail "$missing: run this once as root to let libstdc++6 of Debian 13 be installed, or install it yourself."
  fi

  echo "$missing; installing libstdc++6 of Debian 13 (set LONGALIGN_NO_INSTALL=1 to forbid this)."
  install_libstdcxx_of_debian_13
  libstdcxx_is_new_enough || fail "libstdc++6 of Debian 13 was installed, but GLIBCXX_3.4.32 is still not found."
}

# The Debian mirror that this system already uses; other vendors' repositories may end in /debian too, but have no "main".
debian_mirror() {
  local mirror
  mirror=$(listed_debian_mirror)
  # apt names no source before it has lists, as on a new machine or in a container.
  [ -n "$mirror" ] || { apt-get update -qq >&2 || true; mirror=$(listed_debian_mirror); }
  echo "$mirror"
}

listed_debian_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(COMPONENT)' 'Created-By: Packages' |
    awk '$1 ~ /\/debian\/?$/ && $2 == "main" && !found {print $1; found = 1}'
}

install_libstdcxx_of_debian_13() {
  local mirror
  mirror=$(debian_mirror) || mirror=
  [ -n "$mirror" ] || fail "No Debian mirror was found in apt's sources; install libstdc++6 of Debian 13 by hand."
  cat >/etc/apt/sources.list.d/longalign-trixie.sources <<SOURCE
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCE
  # Nothing else is taken from Debian 13 unless it is asked for.
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' >/etc/apt/preferences.d/longalign-trixie
  # Another source that cannot be reached is no reason to stop; a missing Debian 13 fails at the installation.
  apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Options::=--force-confold -t trixie libstdc++6 >/dev/null ||
    fail "apt-get could not install libstdc++6 of Debian 13; its messages are above."
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
require_dotnet
require_libstdcxx
