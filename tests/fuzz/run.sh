#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Fuzzes what reads foreign bytes, under the address and undefined-behaviour sanitizers: every <name>_fuzz.cpp beside
# this script, for SECONDS each (60), one after the other; or those named. New inputs stay in build/fuzz; a finding
# is printed, kept in build/fuzz/tests/fuzz/found/<name>/, and makes the run fail. Needs clang and libclang-rt-dev, and
# for onnx_model what cleave-import needs. The sanitizers themselves come to hold a gigabyte within ten minutes.
#
#   tests/fuzz/run.sh [SECONDS [NAME...]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."

seconds=${1:-60}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || { echo "usage: tests/fuzz/run.sh [SECONDS [NAME...]]" >&2; exit 2; }
shift || true
names=("$@")
if ((${#names[@]} == 0)); then
  for file in "$here"/*_fuzz.cpp; do
    name=$(basename "$file")
    names+=("${name%_fuzz.cpp}")
  done
fi

cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target "${names[@]/#/fuzz_}" -j "$(nproc)"

failed=()
for name in "${names[@]}"; do
  found=build/fuzz/tests/fuzz/found/$name
  mkdir -p "$found"
  echo "== $name: $seconds s"
  build/fuzz/tests/fuzz/fuzz_"$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$name" 2>"build/fuzz/$name.log" || failed+=("$name")
  grep -E '^(stat::number_of_executed_units|==.*ERROR|SUMMARY|Test unit written)|^#[0-9]+.*DONE' "build/fuzz/$name.log" || true
done
if ((${#failed[@]})); then
  echo "failed: ${failed[*]}; see build/fuzz/<name>.log"
  exit 1
fi
echo "nothing found in ${#names[@]} fuzzers of $seconds s each"
