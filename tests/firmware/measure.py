#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Instructions and sizes of layers on Cortex-M, held against budgets.

measure.py [--core <core>]... [--folder <folder>] [--programs <folder>] [--json <file>]

Builds kernels.cpp for each core (all of board.py without one named), counts what its layers execute in QEMU with
tools/count, and links each alone to see what it takes of the flash. Instructions are for each multiply-add, those on
padding too, or for each element of the input; a register that a load or store moves beside its first counts as one more.
With --programs, also lists the programs in a build folder, and what their tests measured. Exits with 1 over a budget, with 77 where tools are missing.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import board

COUNT = board.ROOT / "tools" / "count"
NOTHING_BUT = ["-nodefaultlibs", "-Wl,--start-group", "-lc_nano", "-lgcc", "-Wl,--end-group"]  # no libm

# What the layer computes, what is counted, and how many of them there are.
LAYERS = {
    "conv3x3": ("3x3, 16 to 16 channels, 32x32", "multiply-add", 32 * 32 * 9 * 16 * 16),
    "conv1x1": ("1x1, 64 to 64 channels, 25x5", "multiply-add", 25 * 5 * 64 * 64),
    "depthwise3x3": ("depthwise 3x3, 64 channels, 25x5", "multiply-add", 25 * 5 * 9 * 64),
    "dense640": ("dense, 640 to 128", "multiply-add", 640 * 128),
    "conv10x4": ("10x4, 1 to 64 channels, stride 2, 49x10", "multiply-add", 25 * 5 * 40 * 64),
    "pool2x2": ("max pool 2x2, 16 channels, 32x32", "element", 32 * 32 * 16),
    "softmax12": ("softmax of 12", "element", 12),
    "relu": ("ReLU, 16 channels, 32x32", "element", 32 * 32 * 16),
    "sigmoid": ("sigmoid, 64 channels, 25x5", "element", 25 * 5 * 64),
    "tanh": ("tanh, 64 channels, 25x5", "element", 25 * 5 * 64),
}
# What g++ 12.2 makes of today's kernels and a little. Instructions of Cortex-M4 and M7 are all but the same.
SCALAR = {"conv3x3": 1.55, "conv1x1": 1.60, "depthwise3x3": 2.70, "dense640": 2.20, "conv10x4": 1.65, "pool2x2": 8.1,
          "softmax12": 75, "relu": 9.2, "sigmoid": 46, "tanh": 54}
INSTRUCTIONS = {
    "cortex-m4": SCALAR,
    "cortex-m7": SCALAR,
    "cortex-m55": {"conv3x3": 0.56, "conv1x1": 0.58, "depthwise3x3": 1.15, "dense640": 0.65, "conv10x4": 0.69,
                   "pool2x2": 2.0, "softmax12": 50, "relu": 1.6, "sigmoid": 19, "tanh": 23},
}
# Bytes of code and constants of a layer and all it calls.
BYTES = {
    "cortex-m4": {"conv3x3": 4300, "conv1x1": 3000, "depthwise3x3": 950, "dense640": 1300, "conv10x4": 1400,
                  "pool2x2": 600, "softmax12": 900, "relu": 150, "sigmoid": 400, "tanh": 450},
}
# 8-bit integers, for comparison: instructions per multiply-add of CMSIS-NN at commit 99f736a6, g++ 12.2 -O3, with
# CMSIS_NN_USE_REQUANTIZE_INLINE_ASSEMBLY on the Cortex-M4: arm_convolve_s8, arm_convolve_1x1_s8_fast,
# arm_depthwise_conv_3x3_s8 (M55: arm_depthwise_conv_s8_opt), arm_fully_connected_per_channel_s8. Registers of multiple
# loads beside the first are not counted in these.
CMSIS_NN = {
    "cortex-m4": {"conv3x3": 2.28, "conv1x1": 2.03, "depthwise3x3": 7.44, "dense640": 1.95},
    "cortex-m7": {"conv3x3": 2.33, "conv1x1": 2.05, "depthwise3x3": 8.25, "dense640": 1.97},
    "cortex-m55": {"conv3x3": 0.39, "conv1x1": 0.40, "depthwise3x3": 2.32, "dense640": 0.50},
}


def row(name, value, limit):
    return board.row(name, value, limit, "tools/firmware")


def instructions(core, program):
    """{layer: instructions and extra registers of its one call}"""
    _, machine, target = board.CORES[core]
    if not machine:
        return {}
    done = board.run([sys.executable, COUNT, target, program, *("measure_" + name for name in LAYERS)],
                     stdout=subprocess.PIPE, text=True)
    counted = (line.split() for line in done.stdout.splitlines())
    return {words[0].removeprefix("measure_"): int(words[2]) + int(words[3]) for words in counted}


def measure_layers(core, folder):
    """Prints a core's table and gives its rows."""
    thing, program, alone = (str(folder / f"kernels-{core}{end}") for end in (".o", ".elf", "-alone.elf"))
    board.run([board.COMPILER, *board.target(core), *board.FLAGS, f"-I{board.INCLUDE}", "-c", board.HERE / "kernels.cpp",
               "-o", thing])
    board.build(core, [thing], program)
    counted = instructions(core, program)
    print(f"\n{core:42} {'instructions':>14} {'each':>8} {'budget':>8}  {'for a':12} {'8-bit':>6} {'flash':>8} {'budget':>8}")
    rows = []
    for name, (what, unit, units) in LAYERS.items():
        board.run([board.COMPILER, *board.target(core), thing, *board.LINK, f"-Wl,-e,measure_{name}", *NOTHING_BUT, "-o",
                   alone])
        size = board.sizes(alone)
        flash, most = size["code"] + size["constants"], BYTES.get(core, {}).get(name)
        line = f"{what:42} "
        if counted:
            each, budget = counted[name] / units, INSTRUCTIONS[core][name]
            other = CMSIS_NN[core].get(name)
            line += f"{counted[name]:14} {each:8.3f} {budget:8.2f}  {unit:12} {other or '':>6} "
            rows.append(row(f"instructions for {'an' if unit == 'element' else 'a'} {unit}, {what}, {core}", round(each, 4), budget))
        else:
            line += f"{'':53} "
        print(line + f"{flash:8} {most or '':>8}")
        rows.append(row(f"bytes of flash, {what}, {core}", flash, most))
    return rows


def list_programs(folder):
    """Prints what the programs in a folder take, and gives their rows. Their own tests hold them to budgets."""
    rows = []
    print(f"\n{'program':42} {'.text':>10} {'constants':>10} {'.data':>8} {'.bss':>8}")
    for elf in sorted(folder.glob("**/*.elf")):
        if elf.stem.endswith("-alone") or elf.stem.startswith("known-"):
            continue
        size = board.sizes(elf)
        print(f"{elf.stem:42} {size['code']:10} {size['constants']:10} {size['data']:8} {size['zeroed']:8}")
        budget = elf.with_suffix(".budget")
        limit = int(budget.read_text()) if budget.exists() else None
        rows.append(row(f"bytes of flash, {elf.stem}", size["code"] + size["constants"], limit))
        rows.append(row(f"bytes of memory, {elf.stem}", size["data"] + size["zeroed"], None))
    return rows


def gather(folder):
    """Prints and gives the rows that tests in a build folder wrote beside their programs."""
    rows = [each for file in sorted(folder.glob("**/*.rows.json")) for each in json.loads(file.read_text())]
    print(f"\n{'measured by tests':86} {'value':>8} {'at most':>8}")
    for each in rows:
        if not each["name"].startswith("symbols") or not each["pass"]:
            print(f"{each['name']:86} {each['value']:8} {'' if each['limit'] is None else each['limit']:>8}")
    clean = sum(each["name"].startswith("symbols") and each["pass"] for each in rows)
    print(f"{'programs without a symbol of heap, exceptions, RTTI, iostream or libm':86} {clean:8}")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", action="append", choices=board.CORES, help="one core; more than once for several")
    parser.add_argument("--folder", type=pathlib.Path, help="where to build (default: a temporary folder)")
    parser.add_argument("--programs", type=pathlib.Path, help="a build folder whose programs are listed too")
    parser.add_argument("--json", type=pathlib.Path, help="a file for the rows: name, value, limit, pass, command")
    given = parser.parse_args()
    if not board.installed(board.COMPILER, "qemu-system-arm"):
        return 77
    with tempfile.TemporaryDirectory() as temporary:
        rows = [each for core in given.core or board.CORES
                for each in measure_layers(core, given.folder or pathlib.Path(temporary))]
    if given.programs:
        rows += list_programs(given.programs) + gather(given.programs)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1) + "\n")
    over = [each for each in rows if not each["pass"]]
    for each in over:
        print(f"over its budget: {each['name']}: {each['value']}, at most {each['limit']}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
