# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# What tools/test and tools/demo share. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*"; }
die() { printf '%s\n' "$*" >&2; exit 1; }

# As many compilers at once as there are cores, but no more than one for each 2 GB of memory.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 2000000) }' /proc/meminfo)
  if ((memory < 1)); then memory=1; fi
  echo $((cores < memory ? cores : memory))
}

# need <package>... installs those that are missing, after saying which.
need() {
  local missing=() package as_root=()
  for package in "$@"; do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then missing+=("$package"); fi
  done
  if ((${#missing[@]} == 0)); then return 0; fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "These packages are missing, and only root can install them: ${missing[*]}"
    as_root=(sudo)
  fi
  say "Installing with apt: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "apt could not install: ${missing[*]}"
  fi
  rm -f "$log"
}

# on_debian: these scripts speak apt.
on_debian() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    die "This script installs what it needs with apt, on Debian 12. Elsewhere: the commands are in CONTRIBUTING.md."
  fi
}

# cpu_has <flag>: whether /proc/cpuinfo names it.
cpu_has() { grep -m1 -E '^(flags|Features)' /proc/cpuinfo | grep -qw "$1"; }

# cpu_flags: what to compile for where a preset would assume AVX2 and the machine has none.
cpu_flags() {
  if [[ $(uname -m) == x86_64 ]] && cpu_has avx2 && cpu_has fma; then echo -march=x86-64-v3; else echo -march=native; fi
}
