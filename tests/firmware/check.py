#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Builds one program for a Cortex-M, looks through it for what firmware must not hold, and runs it in QEMU.

check.py <core> <budget> <source> <elf> <folder of generated headers> [clang++] [<flag>...]

Two proofs that there is no heap: the linker script refuses malloc, sbrk and operator new, and `nm` shows none.
`budget` is the largest size of code and constants, checked on a Cortex-M4 with g++. The program's exit status is that of main.
Exits with 77 where the compiler is missing.
"""
import json
import pathlib
import shutil
import subprocess
import sys

import board


def main():
    core, budget, source, elf, generated, *more = sys.argv[1:]
    budget = int(budget)
    compiler = more[0] if more and not more[0].startswith("-") else board.COMPILER
    flags = [each for each in more if each.startswith("-")]
    if not board.installed(board.COMPILER, compiler):
        return 77
    board.build(core, [source], elf, [generated], compiler, flags)
    found = board.forbidden(elf)
    name = pathlib.Path(elf).stem
    rows = [board.row(f"symbols of heap, exceptions, RTTI, iostream, libm in {name}", len(found), 0,
                      'ctest --test-dir build/firmware -R "firmware: .* on "')]
    pathlib.Path(elf).with_suffix(".rows.json").write_text(json.dumps(rows, indent=1) + "\n")  # for measure.py
    if found:
        sys.exit("not for firmware:\n" + "\n".join(found))
    size = board.sizes(elf)
    flash = size["code"] + size["constants"]
    print(f"{core}: {flash} bytes of code and constants, {size['data']} of data, {size['zeroed']} of zeroed memory")
    if core == "cortex-m4" and compiler == board.COMPILER:
        pathlib.Path(elf).with_suffix(".budget").write_text(f"{budget}\n")  # for measure.py
        if flash > budget:
            sys.exit(f"over the budget of {budget} bytes")

    emulator = shutil.which("qemu-system-arm")
    machine = board.CORES[core][1]
    if not machine or not emulator:
        print("not run: " + ("no such board in QEMU" if emulator else "qemu-system-arm is not installed"))
        return 0
    done = subprocess.run([emulator, "-M", machine, "-nographic", "-monitor", "none", "-serial", "null",
                           "-semihosting-config", "enable=on,target=native", "-kernel", elf],
                          stdin=subprocess.DEVNULL, timeout=120)
    print(f"{machine}: exit status {done.returncode}")
    return 1 if done.returncode else 0


sys.exit(main())
