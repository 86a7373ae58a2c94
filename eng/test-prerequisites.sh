#!/usr/bin/env bash
# Tests prerequisites.sh and openmpi.sh on a made-up system: commands are replaced by functions, and nothing is installed.
# Ends with the line "N passed, N failed".
set -euo pipefail
script="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/prerequisites.sh"
mpi="${script%/*}/openmpi.sh"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf 'GLIBCXX_3.4.30' >"$folder/old"
printf 'GLIBCXX_3.4.30 GLIBCXX_3.4.32' >"$folder/new"
cp "$folder/new" "$folder/libstdc++.so.6"

# The made-up system: Debian 12, a user without rights, an old libstdc++. A case overrides what differs.
uname() { echo Linux; }
id() { echo 1000; }
dotnet() { [ "$1" != --list-sdks ] || echo "10.0.100 [/usr/share/dotnet/sdk]"; }
cached="$folder/old"
ldconfig() { printf '\tlibstdc++.so.6 (libc6) => /lib32/old\n\tlibstdc++.so.6 (libc6,x86-64) => %s\n' "$cached"; }
apt-get() { printf 'https://vendor.example/linux/debian/ stable\nhttp://mirror.example/debian/ main\n'; }
unset LONGALIGN_NO_INSTALL LD_LIBRARY_PATH

require_all() {
  require_dotnet
  require_libstdcxx
}

passed=0
failed=0
# check NAME STATUS TEXT [COMMANDS [FUNCTION]]: after COMMANDS, FUNCTION (all requirements by default) must end with STATUS and say TEXT
# in at most two lines.
check() {
  local output status
  set +e # and not "|| status=": that would switch -e off inside too
  output=$(
    exec 2>&1
    set -euo pipefail
    source <(sed '/^root=/,$d' "$script")
    source "$mpi"
    openmpi_is_there() { [ -e "$folder/mpirun" ]; }
    root=$folder
    distribution() { echo "debian 12"; }
    install_libstdcxx_of_debian_13() { echo "installed from $(debian_mirror)"; cached="$folder/new"; }
    eval "${4:-}"
    ${5:-require_all}
  )
  status=$?
  set -e
  if [ "$status" = "$2" ] && [[ $output == *"$3"* ]] && [ "$(wc -l <<<"$output")" -le 2 ]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED %s: exit code %s, said: %s\n' "$1" "$status" "$output"
  fi
}

check "new enough" 0 "" 'cached="$folder/new"'
check "no SDK at all" 1 "The .NET 10 SDK is missing" 'PATH=/nowhere; unset -f dotnet'
check "older SDK" 1 "beside the installed ones (8.0.100 9.0.200)" \
  'dotnet() { [ "$1" = --list-sdks ] && printf "8.0.100 [x]\n9.0.200 [x]\n"; }'
check "SDK that does not start" 1 "does not start: no ICU" \
  'dotnet() { case "$1" in --list-sdks) echo "10.0.100 [x]" ;; *) printf "no ICU\n   at System\n"; false ;; esac; }'
check "Debian 12, no rights" 1 "run this once as root"
check "Debian 12, root" 0 "installed from http://mirror.example/debian/" 'id() { echo 0; }'
check "Debian 12, root, no lists yet" 0 "installed from http://mirror.example/debian/" \
  'id() { echo 0; }; apt-get() { if [ "$1" = update ]; then touch "$folder/lists"; elif [ -e "$folder/lists" ]; then echo "http://mirror.example/debian/ main"; fi; }'
check "Debian 12, root, forbidden" 1 "unset LONGALIGN_NO_INSTALL" 'id() { echo 0; }; LONGALIGN_NO_INSTALL=1'
check "installed in vain" 1 "still not found" 'id() { echo 0; }; install_libstdcxx_of_debian_13() { :; }'
check "Ubuntu 22.04" 1 "ppa:ubuntu-toolchain-r/test" 'id() { echo 0; }; distribution() { echo "ubuntu 22.04"; }'
check "unknown Linux" 1 "use one of those systems" 'distribution() { :; }'
check "32-bit library alone" 1 "run this once as root" 'ldconfig() { printf "\tlibstdc++.so.6 (libc6) => %s\n" "$folder/new"; }'
check "new one in LD_LIBRARY_PATH" 0 "" 'LD_LIBRARY_PATH=/nowhere:$folder'
check "old one in LD_LIBRARY_PATH" 1 "run this once as root" \
  'cached="$folder/new"; mkdir "$folder/lib"; cp "$folder/old" "$folder/lib/libstdc++.so.6"; LD_LIBRARY_PATH=$folder/lib:$folder'
check "no ldconfig" 0 "" 'unset -f ldconfig; command() { [ "$2" != ldconfig ]; }'
check "macOS" 0 "" 'uname() { echo Darwin; }'

mpi() { check "Open MPI, $1" 0 "$2" "rm -f $folder/mpirun; ${3:-}" offer_openmpi; }
mpi "already there" "" 'touch "$folder/mpirun"; apt-get() { echo "apt-get was called"; exit 1; }'
mpi "no rights" "are skipped; run this once as root"
mpi "forbidden" "are skipped; unset LONGALIGN_NO_INSTALL" 'id() { echo 0; }; LONGALIGN_NO_INSTALL=1'
mpi "no Debian" "are skipped." 'id() { echo 0; }; distribution() { echo "ubuntu 24.04"; }'
mpi "not Linux" "" 'uname() { echo Darwin; }'
mpi "root" "Installing openmpi-bin" 'id() { echo 0; }; apt-get() { [ "$1" = install ]; }'
mpi "root, no lists yet" "Installing openmpi-bin" \
  'id() { echo 0; }; apt-get() { if [ "$1" = update ]; then touch "$folder/mpirun"; else [ -e "$folder/mpirun" ]; fi; }; trap '"'"'[ -e "$folder/mpirun" ]'"'"' EXIT'
mpi "installed in vain" "could not install openmpi-bin" 'id() { echo 0; }; apt-get() { false; }'

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
