# SPDX-License-Identifier: BSL-1.0
"""Writes several tests as one file for the compiler, which then compiles once what they share.

join.py <output> <test>...

What a test declares is put into a namespace of its own, so that tests do not know of each other here either. Its lines
up to the last #include stay outside.
"""
import os
import pathlib
import re
import sys


def parts_of(test):
    """The lines up to the last #include that nothing else stands before, and the others."""
    lines = test.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if line and not line.startswith(("#include", "//")))
    return lines[:first], lines[first:]


def joined(test):
    includes, body = parts_of(test)
    for line in includes:
        named = re.match(r'#include "(.+)"', line)
        beside = test.parent / named[1] if named else None
        yield f'#include "{beside}"' if beside and beside.exists() else line
    yield f"namespace test_{re.sub('[^a-z0-9_]', '_', test.stem)} {{"
    yield f'#line {len(includes) + 1} "{test}"'
    yield from body
    yield "}"


def main():
    output = pathlib.Path(sys.argv[1])
    text = "\n".join(line for name in sys.argv[2:] for line in joined(pathlib.Path(name))) + "\n"
    output.parent.mkdir(parents=True, exist_ok=True)
    new = output.with_suffix(".new")
    new.write_text(text)
    os.replace(new, output)


main()
