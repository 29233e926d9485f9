#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Counts what the layers of kernels.cpp execute, and holds it against budgets.

check_kernels.py <armhf|aarch64> <program> [--json <file>]

Counted are instructions, and a register for each that a load or store moves beside its first (on 32-bit NEON they have
64 bits), per multiply-add, with those on padding counted as multiply-adds, or per element of the input where nothing is
multiplied. The budgets are what g++ 12 makes of today's kernels and one or two per cent; those of conv3x3 are what a tile of registers without spills allows.
"""
import json
import pathlib
import subprocess
import sys

COUNT = pathlib.Path(__file__).resolve().parent.parent.parent / "tools" / "count"
MULTIPLY_ADDS = {"conv3x3": 32 * 32 * 9 * 16 * 16, "conv1x1": 25 * 5 * 64 * 64, "depthwise3x3": 25 * 5 * 9 * 64,
                 "dense": 640 * 128}
# Of these it is the input's elements.
ELEMENTS = dict.fromkeys(("relu", "floor", "log", "max_pool", "softmax"), 16 * 16 * 16)
BUDGETS = {
    "armhf": {"conv3x3": 0.55, "conv1x1": 0.58, "depthwise3x3": 0.82, "dense": 1.11,
              "relu": 2.3, "floor": 4.9, "log": 19.1, "max_pool": 1.8, "softmax": 26.5},
    "aarch64": {"conv3x3": 0.35, "conv1x1": 0.39, "depthwise3x3": 0.51, "dense": 0.70,
                "relu": 1.8, "floor": 4.4, "log": 14.1, "max_pool": 0.97, "softmax": 14.3},
}

target, program, *more = sys.argv[1:]
command = [sys.executable, str(COUNT), target, program, *("count_" + name for name in {**MULTIPLY_ADDS, **ELEMENTS})]
done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
if done.returncode:
    sys.exit(done.returncode)
rows, over = [], []
print(f"{target:14} instructions   registers           for each      budget")
for line in done.stdout.splitlines():
    function, calls, instructions, extra = line.split()
    name = function.removeprefix("count_")
    instructions, extra = int(instructions) // int(calls), int(extra) // int(calls)
    unit = "multiply-add" if name in MULTIPLY_ADDS else "element"
    each = (instructions + extra) / {**MULTIPLY_ADDS, **ELEMENTS}[name]
    budget = BUDGETS[target][name]
    print(f"{name:14} {instructions:12} {extra:11} {each:18.4f} {budget:11.2f}")
    rows.append({"name": f"instructions per {unit}, {name}, {target}", "value": round(each, 4), "limit": budget,
                 "pass": each <= budget, "command": f"ctest --test-dir build/{target} -L counts -V"})
    if each > budget:
        over.append(f"{name}: {each:.4f} instructions per {unit}, the budget is {budget}")
if more:
    pathlib.Path(more[1]).write_text(json.dumps(rows, indent=1) + "\n")
if over:
    sys.exit("\n".join(over))
