#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Weighs the code between a device half and a line, on a Cortex-M4 at -Os: code_size.py [--json FILE]

link_size.cpp is compiled and its functions and constants are added up: those of reliable_link and packets, and all others (main
with the session in it, frames). Exits with 77 where the compiler is missing.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
FLAGS = ("-mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard -std=c++20 -Os -fno-exceptions -fno-rtti"
         " -fno-threadsafe-statics").split()
LINK, SESSION = "reliable_link with its packets and CRC-16", "session, frames, CRC-32C"
LIMITS = {LINK: 1536, SESSION: 4096}

if not shutil.which("arm-none-eabi-g++"):
    print("[skipped] arm-none-eabi-g++ is not installed")
    sys.exit(77)
with tempfile.TemporaryDirectory() as scratch:
    unit = scratch + "/link_size.o"
    subprocess.run(["arm-none-eabi-g++", *FLAGS, f"-I{HERE.parent.parent / 'include'}", "-c", HERE / "link_size.cpp", "-o", unit],
                   check=True)
    listed = subprocess.run(["arm-none-eabi-nm", "-C", "-S", "-t", "d", unit], check=True, capture_output=True, text=True).stdout
symbols = [(int(size), name) for size, kind, name in re.findall(r"^\d+ (\d+) (\w) (.*)$", listed, re.M) if kind not in "bBdDU"]
sums = dict.fromkeys(LIMITS, 0)
for size, name in sorted(symbols, reverse=True):
    part = LINK if re.match(r"cleave::(reliable_link<|packet_|crc16)", name) else SESSION
    sums[part] += size
    print(f"{size:6} {part:42} {name[:80]}")
rows = [{"name": f"code of {name}, bytes", "value": sums[name], "limit": limit, "pass": 0 < sums[name] <= limit,
         "command": "tests/firmware/code_size.py"} for name, limit in LIMITS.items()]
for row in rows:
    print(f"{row['value']:6} {row['name']}, of at most {row['limit']}")
if sys.argv[1:2] == ["--json"]:
    pathlib.Path(sys.argv[2]).write_text(json.dumps(rows, indent=1) + "\n")
sys.exit(0 if all(row["pass"] for row in rows) else "over the budget")
