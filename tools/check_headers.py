#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The list in cmake/headers.cmake is the tree under include/: fails when they differ, --fix writes the list anew."""
import argparse
import sys

from tree import ROOT, headers, needs_asio

MACHINE = ("_registers.hpp", "/mve_pack.hpp")
LIST = ROOT / "cmake" / "headers.cmake"

PREAMBLE = """\
# Every header of include/, listed. `tools/check_headers.py` fails when this differs from the tree; `--fix` writes it anew.
# Those under cleave_tcp_headers stand on Asio and belong to the target cleave::tcp; those under cleave_machine_headers
# compile for one processor only.
"""


def rendered():
    groups = {"cleave_headers": [], "cleave_tcp_headers": [], "cleave_machine_headers": []}
    for header in headers():
        if needs_asio(header):
            group = "cleave_tcp_headers"
        else:
            group = "cleave_machine_headers" if header.endswith(MACHINE) else "cleave_headers"
        groups[group].append(header)
    return PREAMBLE + "".join(
        f"set({name}\n" + "".join(f"  {path}\n" for path in paths) + ")\n" for name, paths in groups.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fix", action="store_true", help="write the list from the tree")
    arguments = parser.parse_args()
    wanted, found = rendered(), LIST.read_text() if LIST.exists() else ""
    if wanted == found:
        return 0
    if arguments.fix:
        LIST.write_text(wanted)
        print(f"wrote {LIST.relative_to(ROOT)}")
        return 0
    listed, present = set(found.splitlines()), set(wanted.splitlines())
    for line in sorted(present - listed):
        print(f"cmake/headers.cmake: not listed: {line.strip()}")
    for line in sorted(listed - present):
        print(f"cmake/headers.cmake: listed and not there: {line.strip()}")
    if listed == present:
        print("cmake/headers.cmake: the order or the group of a header differs")
    print("run tools/check_headers.py --fix")
    return 1


if __name__ == "__main__":
    sys.exit(main())
