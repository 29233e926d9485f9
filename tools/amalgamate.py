#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes single_include/cleave/{device,cleave,tcp,serial}.hpp: each umbrella header with all it includes, one file to copy.

The output depends on the headers alone: no date, no hash. Every piece keeps its include guard, so that two of the
single headers, or one of them and the headers of include/, can meet in one translation unit. System includes are
hoisted to the top, except those under an #if.

  amalgamate.py                write the files
  amalgamate.py --check        fail when they differ from what would be written
  amalgamate.py --forward DIR  write a tree DIR/cleave/... whose headers lead to the single ones: include/ replaced by
                               it, the test suite runs against the single headers
"""
import argparse
import pathlib
import re
import sys

from tree import INCLUDE, ROOT, closure, headers

UMBRELLAS = ["cleave/device.hpp", "cleave/cleave.hpp", "cleave/tcp.hpp", "cleave/serial.hpp"]
SINGLE = ROOT / "single_include"
RULE = 120

_INCLUDE = re.compile(r"^\s*#\s*include\s*<([^>]+)>")
_OPEN = re.compile(r"^\s*#\s*if")
_CLOSE = re.compile(r"^\s*#\s*endif")


class Amalgamation:
    """One umbrella header, flattened."""

    def __init__(self, umbrella):
        self.umbrella = umbrella
        self.system = set()
        self.body = []
        self.expand(umbrella, set(), hoist=True)

    def expand(self, header, done, hoist):
        """Appends a header, what it includes first. `done` is what stands before it for certain."""
        done.add(header)
        lines = (INCLUDE / header).read_text().splitlines()
        text, depth = [], 0
        for line in lines:
            if _OPEN.match(line):
                depth += 1
            elif _CLOSE.match(line):
                depth -= 1
            include = _INCLUDE.match(line)
            if not include:
                if not line.startswith("// SPDX-License-Identifier"):
                    text.append(line)
            elif include[1].startswith("cleave/"):
                if include[1] in done:
                    continue
                if depth > 1:
                    # Under an #if: whatever stands there may be left out, so it is not done for those after it.
                    inner = Amalgamation.__new__(Amalgamation)
                    inner.system, inner.body = set(), []
                    inner.expand(include[1], set(done), hoist=False)
                    text += inner.body
                else:
                    self.expand(include[1], done, hoist)
            elif hoist and depth <= 1:
                self.system.add(include[1])
            else:
                text.append(line)
        self.body.append(f"// ---- {header} ".ljust(RULE, "-"))
        self.body += squeezed(text)

    def rendered(self):
        top = ["// SPDX-License-Identifier: BSL-1.0",
               f"// All of <{self.umbrella}> in one file. Made by tools/amalgamate.py from include/cleave; edit there.",
               "// https://www.boost.org/LICENSE_1_0.txt", ""]
        third = sorted(path for path in self.system if "/" in path or path.endswith(".hpp"))
        standard = sorted(self.system - set(third))
        for group in (third, standard):
            top += [f"#include <{path}>" for path in group] + ([""] if group else [])
        return "\n".join(top + self.body).rstrip("\n") + "\n"


def squeezed(lines):
    """The lines with runs of blank ones made one, none at the ends."""
    out = []
    for line in lines:
        if line.strip() or (out and out[-1].strip()):
            out.append(line)
    while out and not out[-1].strip():
        out.pop()
    return out


def forward(folder):
    """Headers that lead to the smallest single header that holds them, or to the tree where none does."""
    reached = [(umbrella, closure(umbrella)) for umbrella in UMBRELLAS]
    for header in headers():
        home = next((umbrella for umbrella, inside in reached if header in inside), None)
        if header in UMBRELLAS:
            home = header
        target = SINGLE / home if home else INCLUDE / header
        path = folder / header
        text = f'#include "{target}"\n'
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--forward", type=pathlib.Path, metavar="DIR")
    arguments = parser.parse_args()
    if arguments.forward:
        forward(arguments.forward)
        return 0
    status = 0
    for umbrella in UMBRELLAS:
        if not (INCLUDE / umbrella).exists():
            print(f"include/{umbrella} does not exist")
            status = 1
            continue
        text, path = Amalgamation(umbrella).rendered(), SINGLE / umbrella
        if path.exists() and path.read_text() == text:
            continue
        if arguments.check:
            print(f"single_include/{umbrella} is not what the headers give: run tools/amalgamate.py")
            status = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(f"wrote single_include/{umbrella}, {len(text.splitlines())} lines")
    return status


if __name__ == "__main__":
    sys.exit(main())
