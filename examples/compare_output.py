#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs a program and compares what it prints with a file: compare_output.py <file> <command...>; --fix writes it."""
import difflib
import pathlib
import subprocess
import sys

arguments = [argument for argument in sys.argv[1:] if argument != "--fix"]
path, command = pathlib.Path(arguments[0]), arguments[1:]
done = subprocess.run(command, capture_output=True, text=True, timeout=100)
print(done.stderr, end="", file=sys.stderr)
if done.returncode:
    sys.exit(f"exit status {done.returncode}")
if "--fix" in sys.argv:
    path.write_text(done.stdout)
elif not path.exists() or done.stdout != path.read_text():
    expected = path.read_text() if path.exists() else ""
    lines = difflib.unified_diff(expected.splitlines(True), done.stdout.splitlines(True), str(path), "printed")
    sys.exit("".join(lines))
