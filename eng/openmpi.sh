# Sourced by the tests' entry point. The tests that start several processes need Open MPI: on Debian as root it is installed, elsewhere
# they are skipped, and this says so.

openmpi_is_there() {
  command -v mpirun >/dev/null 2>&1 || return 1
  PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null | grep 'libmpi\.so\.40 ' >/dev/null # not -q: the pipe would break under pipefail
}

offer_openmpi() {
  [ "$(uname -s)" = Linux ] || return 0
  openmpi_is_there && return 0

  local skipped="Open MPI is not installed (openmpi-bin): the tests with several processes are skipped"
  case "$(distribution)" in
    debian\ *) ;;
    *) echo "$skipped."; return 0 ;;
  esac
  if [ "$(id -u)" != 0 ]; then
    echo "$skipped; run this once as root to let it be installed."
    return 0
  fi
  if [ -n "${LONGALIGN_NO_INSTALL:-}" ]; then
    echo "$skipped; unset LONGALIGN_NO_INSTALL to let it be installed."
    return 0
  fi

  echo "Installing openmpi-bin for the tests with several processes (set LONGALIGN_NO_INSTALL=1 to forbid this)."
  # A new machine has no package lists yet, and old lists name packages that are gone.
  install_openmpi || { apt-get update -qq || true; install_openmpi; } || echo "apt-get could not install openmpi-bin: the tests with several processes are skipped."
}

install_openmpi() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openmpi-bin >/dev/null 2>&1
}
