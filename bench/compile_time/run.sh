#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Compiles the programs of this folder one after another and prints a table of seconds (of one core, user time) and
# megabytes for each compiler: run.sh [flags], by default -O2 -march=x86-64-v3.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

flags=("$@")
if ((${#flags[@]} == 0)); then flags=(-O2 -march=x86-64-v3); fi
if [[ ! -x /usr/bin/time ]]; then
  echo "run.sh: /usr/bin/time is missing (Debian: apt-get install time)" >&2
  exit 2
fi
object=$(mktemp --suffix=.o)
trap 'rm -f "$object"' EXIT

printf 'flags: %s\n| %-16s | %-24s | %7s | %6s |\n|---|---|---|---|\n' "${flags[*]}" program compiler seconds MB
for compiler in g++ clang++; do
  if ! command -v "$compiler" >/dev/null; then continue; fi
  name="$compiler $("$compiler" -dumpfullversion 2>/dev/null || "$compiler" -dumpversion)"
  for source in *.cpp; do
    used=$(LC_ALL=C /usr/bin/time -f '%U %M' "$compiler" -std=c++20 "${flags[@]}" -I ../../include -c "$source" -o "$object" 2>&1)
    read -r seconds kilobytes <<<"${used##*$'\n'}"
    printf '| %-16s | %-24s | %7.1f | %6d |\n' "${source%.cpp}" "$name" "$seconds" "$((kilobytes / 1024))"
  done
done
