#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Looks through the inner loops of kernels for vectors that go to the stack and back: their tiles must fit the registers.

check_spills.py <compiler> <folder for objects> <include folder>...

Compiles kernels.cpp for SSE2, AVX2 and AVX-512 and reads what objdump shows of the functions with tiles: functions of one
element, such as tanh, have more constants than registers. An inner loop is one without a loop inside; it counts from
eight multiplications on. A loop that must spill is compiled too, and must be found.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
# Sums of vectors that are far more than there are registers.
SPILLING = """
typedef float vector __attribute__((vector_size(32)));
void spilling(const vector* a, vector* out, int count) {
  vector sum[40] = {};
  for (int i = 0; i < count; ++i) {
#pragma GCC unroll 40
    for (int k = 0; k < 40; ++k) sum[k] = sum[k] * a[i] + a[i + k];
  }
#pragma GCC unroll 40
  for (int k = 0; k < 40; ++k) out[k] = sum[k];
}
"""
TARGETS = {"SSE2": "x86-64", "AVX2": "x86-64-v3", "AVX-512": "x86-64-v4"}
PRODUCT = re.compile(r"^(v?mulps|vfmadd\w*ps)\b")
VECTOR_ON_STACK = re.compile(r"(?=.*%[xyz]mm).*-?(0x)?[0-9a-f]*\(%rsp")
TILES = re.compile(r"conv2d|depthwise|dense|spilling")
FRAME = re.compile(r"(?=.*%[xyz]mm).*-?(0x)?[0-9a-f]*\(%rbp")


def functions(made):
    """(name, [(address, text)]) of each function of an object file."""
    shown = subprocess.run(["objdump", "-dC", "--no-show-raw-insn", made], check=True, capture_output=True, text=True).stdout
    for part in shown.split("\n\n"):
        head, *lines = part.strip().splitlines()
        if head.endswith(">:"):
            body = [line.split(":", 1) for line in lines if re.match(r"\s+[0-9a-f]+:", line)]
            yield head[head.index("<") + 1:-2], [(int(at, 16), text.strip()) for at, text in body]


def inner_loops(body):
    """The instructions of each loop that has no other inside."""
    jumps = []
    for at, text in body:
        to = re.match(r"j\w+\s+([0-9a-f]+)", text)
        if to and body[0][0] <= int(to[1], 16) <= at:
            jumps.append((int(to[1], 16), at))
    for begin, end in jumps:
        if not any((b, e) != (begin, end) and begin <= b and e <= end for b, e in jumps):
            yield [text for at, text in body if begin <= at <= end]


def spills(made):
    """(loops, those with vectors on the stack)"""
    loops, found = 0, []
    for name, body in functions(made):
        if not TILES.search(name.split("<")[0]):
            continue
        framed = any(text.split() == ["mov", "%rsp,%rbp"] for _, text in body)
        for loop in inner_loops(body):
            if sum(bool(PRODUCT.match(text)) for text in loop) < 8:
                continue
            loops += 1
            on_stack = [text for text in loop if VECTOR_ON_STACK.match(text) or (framed and FRAME.match(text))]
            if on_stack:
                found.append(f"{name[:100]}: {len(on_stack)} of {len(loop)} instructions, {on_stack[0]}")
    return loops, found


compiler, folder, *includes = sys.argv[1:]
folder = pathlib.Path(folder)
(folder / "spilling.c").write_text(SPILLING)
made = folder / "spilling.o"
subprocess.run([compiler, "-O2", "-mavx2", "-mfma", "-x", "c", "-c", folder / "spilling.c", "-o", made], check=True)
if not spills(made)[1]:
    sys.exit("a loop that must spill is not seen to")
failed = False
for name, target in TARGETS.items():
    made = folder / f"spills-{name}.o"
    subprocess.run([compiler, "-std=c++20", "-O2", f"-march={target}", *(f"-I{each}" for each in includes), "-c",
                    HERE / "kernels.cpp", "-o", made], check=True)
    loops, found = spills(made)
    print(f"{name}: {loops} inner loops, {len(found)} with vectors on the stack")
    if loops < 4:
        sys.exit("where are the loops?")
    for each in found:
        print("   ", each)
        failed = True
sys.exit(1 if failed else 0)
