#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Small rules that keep the tree pleasant: every tracked text file is read, every breach named with its line."""
import pathlib
import re
import subprocess
import sys

from tree import ROOT

MAX_HEADER_LINES = 400
MAX_TEST_LINES = 300
LARGE = 1 << 20

CODE = {".hpp", ".cpp", ".h", ".c", ".py", ".sh", ".cmake", ".txt", ".S", ".ld"}
LICENSED = {".hpp", ".cpp", ".py", ".sh"}
# Spelled in pieces, so that this file passes its own check.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
MACHINE_PATH = re.compile(r"(^|[^A-Za-z0-9_.$}{)/-])/(work|home|root|farm|Users|mnt)/[A-Za-z0-9_]")
RESERVED = re.compile(r"#\s*define\s+(_[A-Z_]|[A-Za-z0-9_]*__)")
MACRO = re.compile(r"^\s*#\s*define\s+([A-Za-z_0-9]+)")
GENERATED = ("single_include/",)


def tracked():
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], check=True,
                            capture_output=True).stdout.decode()
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def text_of(path):
    data = path.read_bytes()
    if b"\0" in data[:8192]:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


def guard_of(name):
    return re.sub(r"[^A-Z0-9]", "_", name.removeprefix("include/").upper())


def header_problems(name, lines):
    if len(lines) > MAX_HEADER_LINES:
        yield 1, f"{len(lines)} lines; one idea a header, {MAX_HEADER_LINES} at most"
    guard = guard_of(name)
    if len(lines) < 3 or lines[1:3] != [f"#ifndef {guard}", f"#define {guard}"]:
        yield 2, f"the guard is {guard}, on lines 2 and 3"
    if not any(line.startswith("/// @file") for line in lines[:8]):
        yield 4, "no /// @file paragraph at the top"
    for number, line in enumerate(lines, 1):
        # Inside a function it harms nobody.
        if re.match(r"using\s+namespace\b", line):
            yield number, "using namespace in a header"
        macro = MACRO.match(line)
        if macro and not macro[1].startswith("CLEAVE_"):
            yield number, f"the macro {macro[1]} does not begin with CLEAVE_"


def problems(name):
    path = ROOT / name
    if path.stat().st_size > LARGE:
        yield 1, f"{path.stat().st_size >> 10} KiB; what is large belongs elsewhere"
    text = text_of(path)
    if text is None or name.startswith(GENERATED):
        return
    lines = text.splitlines()
    suffix = pathlib.PurePosixPath(name).suffix
    shebang = bool(lines) and lines[0].startswith("#!")
    if suffix in LICENSED or shebang:
        # A compile-fail test begins with what it expects, a script with what runs it.
        top = 3 if shebang or name.startswith("tests/compile_fail/") else 1
        if not any("SPDX-License-Identifier: BSL-1.0" in line for line in lines[:top]):
            yield 1, "no SPDX-License-Identifier: BSL-1.0 on the first line"
    if name.startswith("include/") and suffix == ".hpp":
        yield from header_problems(name, lines)
    if re.fullmatch(r"tests/.*_test\.cpp", name) and len(lines) > MAX_TEST_LINES:
        yield 1, f"{len(lines)} lines; a test file has {MAX_TEST_LINES} at most"
    if text and not text.endswith("\n") and suffix in CODE:
        yield len(lines), "no newline at the end"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield number, "left unfinished: " + line.strip()[:80]
        if MACHINE_PATH.search(line):
            yield number, "a path of one machine: " + line.strip()[:80]
        if suffix in (".hpp", ".cpp") and RESERVED.search(line):
            yield number, "an identifier reserved for the implementation: " + line.strip()[:80]
        if line != line.rstrip() and suffix in CODE | {".md"}:
            yield number, "blanks at the end of the line"
        if "\t" in line and suffix in CODE:
            yield number, "a tab"


def unlisted(names):
    """Tests and benchmarks that no list names: they would never run."""
    lists = {"tests/suites.cmake": r"tests/(?!fuzz/|compile_fail/)[^/]+/([^/]+_test\.cpp)",
             "bench/suites.cmake": r"bench/[^/]+/([^/]+_bench\.cpp)",
             "tests/compile_fail/CMakeLists.txt": r"tests/compile_fail/([^/]+\.cpp)",
             "tests/fuzz/CMakeLists.txt": r"tests/fuzz/([^/]+)_fuzz\.cpp"}
    for path, pattern in lists.items():
        listed = (ROOT / path).read_text().split() if (ROOT / path).exists() else []
        for name in names:
            match = re.fullmatch(pattern, name)
            if match and match[1] not in listed:
                yield f"{name}:1: not listed in {path}"


def main():
    found = [f"{name}:{line}: {what}" for name in tracked() for line, what in problems(name)]
    found += unlisted(tracked())
    print("\n".join(found) if found else f"{len(tracked())} files are in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
