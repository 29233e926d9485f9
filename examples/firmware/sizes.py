#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Lists what a program for the board takes, and fails when it is too much or has what firmware must not have.

sizes.py <elf> <planned workspace, bytes> <names of weights and inputs, a regular expression> [--json FILE]

Flash without weights and inputs: at most 24 KiB. Memory besides the workspace: at most 1,536 bytes, each object on a line.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys

FLASH, MEMORY = 24 * 1024, 1536
FORBIDDEN = re.compile(r"\b(_?malloc|_malloc_r|_?free|_free_r|_sbrk\w*|operator (new|delete)\b.*|vtable for .*|typeinfo .*"
                       r"|__cxa_(throw|allocate_exception|guard_acquire)|__gxx_personality_v0|_Unwind_\w+|_?printf|.*iostream.*"
                       r"|_GLOBAL__sub_I_.*|expf?|logf?|powf?|tanhf?|sinf?|cosf?|erff?)$")

elf, workspace, data = sys.argv[1], int(sys.argv[2]), re.compile(sys.argv[3])
if not shutil.which("arm-none-eabi-nm") or not pathlib.Path(elf).exists():
    print("[skipped] arm-none-eabi-nm or the program for the board is missing")
    sys.exit(77)

def output(*command):
    return subprocess.run([*command, elf], check=True, capture_output=True, text=True).stdout

text, initialised, zeroed = map(int, output("arm-none-eabi-size").splitlines()[1].split()[:3])
RAM = 0x20000000
symbols = [(int(size), int(address) >= RAM, name) for address, size, name in
           re.findall(r"^(\d+) (\d+) \w (.*)$", output("arm-none-eabi-nm", "-C", "-S", "-t", "d"), re.M)]
names = [line.split(maxsplit=2)[-1] for line in output("arm-none-eabi-nm", "-C").splitlines()]
found = [name for name in names if FORBIDDEN.search(name)]
for name in found:
    print(f"not for firmware: {name}")

held = [(size, name) for size, in_ram, name in symbols if not in_ram and data.search(name)]
code = text + initialised - sum(size for size, _ in held)
print(f"flash: {text + initialised} bytes")
for size, name in held:
    print(f"  {size:6} {name}")
print(f"  {code:6} code and constants, of at most {FLASH}")
print(f"memory: {initialised + zeroed} bytes, {workspace} of them workspace as planned, and of at most {MEMORY} others:")
for size, in_ram, name in sorted(symbols, reverse=True):
    if in_ram:
        print(f"  {size:6} {name}")
others = initialised + zeroed - workspace
print(f"  {others:6} without the workspace")
name = pathlib.Path(elf).stem
rows = [{"name": what, "value": value, "limit": limit, "pass": value <= limit,
         "command": f'ctest --test-dir build/firmware -R "firmware: what {name} takes of the board" -V'} for what, value, limit in (
             (f"bytes of code and constants of the device program {name}, without weights", code, FLASH),
             (f"bytes of memory of the device program {name}, besides the planned workspace", others, MEMORY),
             (f"symbols of heap, exceptions, RTTI, iostream, libm in the device program {name}", len(found), 0))]
if sys.argv[4:5] == ["--json"]:
    pathlib.Path(sys.argv[5]).write_text(json.dumps(rows, indent=1) + "\n")
if len(held) < 2 or not all(row["pass"] for row in rows):
    sys.exit("over the budget, or not for firmware")
