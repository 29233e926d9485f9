#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs a device program on QEMU's board, its UART on a pseudo-terminal, and the host's end there.

run.py <elf> <firmware_host> digits|keywords <folder of the example> [<bytes lost> <bytes damaged>, of a million each]
       [--json FILE]

Ends with the status of whichever failed. Exits with 77 where QEMU is missing.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

elf, host, network, folder, *faults = sys.argv[1:]
json_file = faults.pop() if "--json" in faults else None
if json_file:
    faults.remove("--json")
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
        with subprocess.Popen([host, network, folder, terminal[1], printed, *faults], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as serving:
            status = board.wait(timeout=600)
            print(f"the device was done after {time.monotonic() - begun:.1f} s", flush=True)
            host_said, _ = serving.communicate(timeout=60)
            host_status = serving.returncode
            print(host_said, end="")
    finally:
        if board.poll() is None:
            board.kill()
    if status:
        print(pathlib.Path(printed).read_text(), end="")
        sys.exit(f"the device ended with status {status}")
    equal = re.search(r"^(\d+) of (\d+) answers are those", host_said, re.M)
    if json_file and equal:
        repeated = re.search(r"^device: \d+ packets sent, (\d+) times", host_said, re.M)
        line = ", one byte in a hundred lost or damaged" if faults else ""
        command = f'ctest --test-dir build/firmware -R "firmware: {network} behind a UART{line or "$"}" -V'
        count, different = int(equal[2]), int(equal[2]) - int(equal[1])
        rows = [{"name": f"answers of {count} {network} that are not the whole network's{line}", "value": different, "limit": 0,
                 "pass": different == 0 and host_status == 0, "command": command},
                {"name": f"times that the device sent again, {count} {network}{line}",
                 "value": int(repeated[1]) if repeated else None, "limit": None, "pass": bool(repeated), "command": command}]
        pathlib.Path(json_file).write_text(json.dumps(rows, indent=1) + "\n")
    sys.exit(host_status)
