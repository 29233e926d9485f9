#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs a device program on QEMU's board, its UART on a pseudo-terminal, and the host's end there.

run.py <elf> <firmware_host> digits|keywords <folder of the example> [<bytes lost> <bytes damaged>, of a million each]

Ends with the status of whichever failed. Exits with 77 where QEMU is missing.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

elf, host, network, folder, *faults = sys.argv[1:]
emulator = shutil.which("qemu-system-arm")
if not emulator or not pathlib.Path(elf).exists():
    print("[skipped] qemu-system-arm or the program for the board is missing")
    sys.exit(77)

with tempfile.TemporaryDirectory() as scratch:
    printed = scratch + "/printed"
    board = subprocess.Popen([emulator, "-M", "mps2-an386", "-nographic", "-monitor", "none", "-serial", f"file:{printed}",
                              "-chardev", "pty,id=link", "-serial", "chardev:link",
                              "-semihosting-config", "enable=on,target=native", "-kernel", elf],
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    begun = time.monotonic()
    try:
        said = board.stdout.readline()
        terminal = re.search(r"(/dev/\S+)", said)
        if not terminal:
            sys.exit(f"the board says: {said}")
        with subprocess.Popen([host, network, folder, terminal[1], printed, *faults], stdin=subprocess.PIPE) as serving:
            status = board.wait(timeout=600)
            print(f"the device was done after {time.monotonic() - begun:.1f} s", flush=True)
            serving.stdin.close()
            host_status = serving.wait(timeout=60)
    finally:
        if board.poll() is None:
            board.kill()
    if status:
        print(pathlib.Path(printed).read_text(), end="")
        sys.exit(f"the device ended with status {status}")
    sys.exit(host_status)
