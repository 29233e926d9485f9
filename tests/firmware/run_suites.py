#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the suites on a board in QEMU: run_suites.py <elf> <board> <cases at least>. Exits with 77 where something is missing."""
import pathlib
import re
import shutil
import subprocess
import sys

elf, board, least = sys.argv[1], sys.argv[2], int(sys.argv[3])
emulator = shutil.which("qemu-system-arm")
if not emulator or not pathlib.Path(elf).exists():
    print("[skipped] qemu-system-arm or the suites for this core are missing")
    sys.exit(77)
done = subprocess.run([emulator, "-M", board, "-nographic", "-monitor", "none", "-serial", "null",
                       "-semihosting-config", "enable=on,target=native", "-kernel", elf],
                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=900)
print(f"{board}: {done.stdout}", end="")
counted = re.search(r"^(\d+) cases, (\d+) checks, 0 failed$", done.stdout, re.M)
if done.returncode or not counted or int(counted[1]) < least:
    sys.exit(f"exit status {done.returncode}")
