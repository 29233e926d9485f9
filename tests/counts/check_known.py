#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Holds tools/count against the functions of known.cpp.

check_known.py <target> <program> [<command that builds the program>...], with the targets of tools/count. Exits with 77
where the compiler or QEMU is missing.
"""
import pathlib
import shutil
import subprocess
import sys

COUNT = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "count"
# known_loop runs 100, 1000 and, from known_calls, twice 10 times.
LOOP = (4, 3 * 1120 + 4, 0)
CALLS = 2 * (3 * 10 + 1)
THUMB = {"known_loop": LOOP, "known_calls": (1, 6 + CALLS, 2),
         "known_lists": (1, 10, 5 + 2 + 1 + 1 + 1 + 3 + 1 + 1 + 5)}
EXPECTED = {
    "aarch64": {"known_loop": LOOP, "known_calls": (1, 7 + CALLS, 2),
                "known_lists": (1, 17, 5 * 1 + 1 + 3 + 1 + 3 + 3 + 2)},
    "armhf": {**THUMB, "known_lists_arm": (1, 15, 4 + 2 + 1 + 3 + 1 + 3 + 1 + 1 + 3 + 1 + 4)},
    "m4": THUMB,
    "m7": THUMB,
    "m55": THUMB,
}

target, program, *build = sys.argv[1:]
expected = EXPECTED[target]
for tool in ["qemu-system-arm", build[0]] if build else []:
    if not shutil.which(tool):
        print(f"[skipped] {tool} is not installed")
        sys.exit(77)
if build:
    subprocess.run(build, check=True)
for run in range(2):
    done = subprocess.run([sys.executable, COUNT, target, program, *expected], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    got = {words[0]: tuple(map(int, words[1:])) for words in map(str.split, done.stdout.splitlines())}
    if got != expected:
        sys.exit(f"run {run}: counted {got}, expected {expected}")
missing = subprocess.run([sys.executable, COUNT, target, program, "no_such_function"], capture_output=True, text=True)
if missing.returncode == 0 or "no function no_such_function" not in missing.stderr:
    sys.exit("a function that is not there was counted")
print(f"{len(expected)} functions counted as expected, twice")
