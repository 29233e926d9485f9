#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Builds one program for a Cortex-M, looks through it for what firmware must not hold, and runs it in QEMU.

check.py <core> <budget> <source> <elf> <folder of generated headers>

Two proofs that there is no heap: the linker script refuses malloc, sbrk and operator new, and `nm` shows none.
`budget` is the largest size of code and constants, checked on a Cortex-M4. The program's exit status is that of main.
Exits with 77 where the compiler is missing.
"""
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "include"

CORES = {
    "cortex-m0plus": (["-mfloat-abi=soft"], None),
    "cortex-m4": (["-mfpu=fpv4-sp-d16", "-mfloat-abi=hard"], "mps2-an386"),
    "cortex-m7": (["-mfpu=fpv5-d16", "-mfloat-abi=hard"], "mps2-an500"),
    # Loops that g++ 12.2 vectorises for MVE by itself do not always compute what they say.
    "cortex-m55": (["-mfloat-abi=hard", "-fno-tree-vectorize"], "mps3-an547"),
}
FLAGS = ("-std=c++20 -O2 -ffunction-sections -fdata-sections -fno-exceptions -fno-rtti -fno-threadsafe-statics"
         " -fno-use-cxa-atexit -fno-unwind-tables -fno-asynchronous-unwind-tables"
         " -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror").split()
LINK = ["-nostartfiles", "--specs=nano.specs", "-Wl,--gc-sections", "-Wl,--no-warn-rwx-segments"]
FORBIDDEN = re.compile(r"\b(_?malloc|_malloc_r|_?free|_free_r|_sbrk\w*|operator (new|delete)\b.*|vtable for .*|typeinfo .*"
                       r"|__cxa_(throw|allocate_exception|guard_acquire)|__gxx_personality_v0|_Unwind_\w+|_?printf)$")


def run(command, **more):
    done = subprocess.run([str(part) for part in command], **more)
    if done.returncode:
        sys.exit(f"{pathlib.Path(str(command[0])).name} failed")
    return done


def main():
    core, budget, source, elf, generated = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
    compiler = shutil.which("arm-none-eabi-g++")
    if not compiler:
        print("[skipped] arm-none-eabi-g++ is not installed")
        return 77
    fpu, board = CORES[core]
    target = ["-mthumb", f"-mcpu={core}", *fpu]
    run([compiler, *target, *FLAGS, f"-I{INCLUDE}", f"-I{generated}", source, HERE / "startup.cpp", *LINK, "-T", HERE / "board.ld",
         "-o", elf])

    names = run(["arm-none-eabi-nm", "-C", elf], capture_output=True, text=True).stdout.splitlines()
    found = [name for name in names if FORBIDDEN.search(name)]
    if found:
        sys.exit("not for firmware:\n" + "\n".join(found))
    size = run(["arm-none-eabi-size", elf], capture_output=True, text=True).stdout.splitlines()[1].split()
    text, data, bss = map(int, size[:3])
    print(f"{core}: {text} bytes of code and constants, {data} of data, {bss} of zeroed memory")
    if core == "cortex-m4" and text > budget:
        sys.exit(f"over the budget of {budget} bytes")

    emulator = shutil.which("qemu-system-arm")
    if not board or not emulator:
        print("not run: " + ("no such board in QEMU" if emulator else "qemu-system-arm is not installed"))
        return 0
    done = subprocess.run([emulator, "-M", board, "-nographic", "-monitor", "none", "-serial", "null",
                           "-semihosting-config", "enable=on,target=native", "-kernel", elf],
                          stdin=subprocess.DEVNULL, timeout=120)
    print(f"{board}: exit status {done.returncode}")
    return 1 if done.returncode else 0


sys.exit(main())
