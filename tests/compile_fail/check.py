#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compiles one file twice: the corrected form must compile, the ill-formed one must fail with the error it announces.

check.py <source> -- <compiler> <flags...>

The first line of the source is `// expect-error: <regex>`; the ill-formed form is under `#if CLEAVE_ILL_FORMED`, the
corrected one under its `#else`. The compiler must give exactly one error, and that one must match; a file that can not
keep to one says `// errors: <n>` on its second line. The regex is read when the test runs, so an edit is always seen.
"""
import os
import re
import subprocess
import sys


def compiled(command, source, *more):
    environment = dict(os.environ, LC_ALL="C")
    done = subprocess.run([*command, *more, "-fsyntax-only", source], capture_output=True, text=True,
                          env=environment)
    return done.returncode == 0, done.stderr


def main():
    source, command = sys.argv[1], sys.argv[3:]
    with open(source) as file:
        first, second = file.readline(), file.readline()
    expected = re.fullmatch(r"// expect-error: (.+)\n", first)
    if not expected:
        sys.exit(f"{source}: the first line is not `// expect-error: <regex>`")
    count = re.fullmatch(r"// errors: (\d+)\n", second)
    count = int(count[1]) if count else 1

    good, output = compiled(command, source)
    if not good:
        sys.exit(f"the corrected form does not compile:\n{output}")
    good, output = compiled(command, source, "-DCLEAVE_ILL_FORMED=1")
    if good:
        sys.exit("the ill-formed form compiles")
    errors = [line for line in output.splitlines() if re.search(r"\berror: ", line)]
    print("\n".join(errors))
    # Compilers differ in `>>` and `> >`, and quote in their own ways.
    plain = [re.sub(r"> (?=>)", ">", line) for line in errors]
    if not any(re.search("error: .*" + expected[1], line) for line in plain):
        sys.exit(f"no error matches: {expected[1]}\n{output}")
    if len(errors) != count:
        sys.exit(f"{len(errors)} errors in place of {count}\n{output}")


main()
