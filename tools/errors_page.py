#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes into docs/errors.md what the compilers say of the programs in tests/compile_fail.

A line `<!-- errors: <how> <pattern>... -->` is followed by what is made of the programs that match, up to
`<!-- /errors -->`. How: `full` (the program's graph and the error), `facts` (a table of graphs or cuts and the facts that
both compilers name), `both` (the code and the error of each compiler). Headers' line numbers are left out, so that the
page changes when an error does. --check only tells; both need g++ 12 and clang 14, and say so where they are missing.
"""
import argparse
import concurrent.futures
import fnmatch
import os
import re
import pathlib
import subprocess
import sys
import tempfile

from tree import ROOT

PAGE = ROOT / "docs/errors.md"
PROGRAMS = ROOT / "tests/compile_fail"
COMPILERS = {"g++ 12": "g++", "clang 14": "clang++"}
SECTION = re.compile(r"(<!-- errors: (\w+) ([^>]*?) -->\n)(.*?)(<!-- /errors -->)", re.S)


def right_compilers():
    for name, command in COMPILERS.items():
        try:
            version = subprocess.run([command, "-dumpversion"], capture_output=True, text=True).stdout
        except OSError:
            return False
        if version.split(".")[0].strip() != name.split()[1]:
            return False
    return True


def ill_formed(source):
    """The source as the preprocessor sees it with CLEAVE_ILL_FORMED, and the lines that only that form has."""
    kept, own, state = [], [], None
    for line in source.splitlines():
        if re.match(r"#if !?CLEAVE_ILL_FORMED", line):
            state = "!" not in line
        elif line == "#else" and state is not None:
            state = not state
        elif line == "#endif" and state is not None:
            state = None
        elif state is not False:
            kept.append(line)
            if state:
                own.append(line.strip())
    # What only keeps the other form's names in use.
    own = [line for line in own if not re.fullmatch(r"\(void\)\w+;", line)]
    return "\n".join(kept), own


def run(command, *arguments):
    return subprocess.run([command, "-std=c++20", "-Wall", "-Werror", "-DCLEAVE_ILL_FORMED=1", "-Iinclude", *arguments],
                          capture_output=True, text=True, cwd=ROOT, env=dict(os.environ, LC_ALL="C"))


def read_once(command, folder):
    """The library, precompiled: a file that is included instead, as compilers look for <name>.gch beside <name>."""
    header = pathlib.Path(folder) / command / "read_once.hpp"
    header.parent.mkdir()
    header.write_text("#include <cleave/cleave.hpp>\n")
    run(command, "-x", "c++-header", str(header), "-o", f"{header}.gch")
    return header


def errors_of(path, command, header):
    """The lines of a compiler's output that say what is wrong, without the places in headers."""
    done = run(command, "-include", str(header), "-fsyntax-only", path.relative_to(ROOT).as_posix())
    lines = [line for line in done.stderr.splitlines() if re.search(r"\berror: ", line)]
    # g++ says the type twice.
    lines = [re.sub(r" \{aka 'struct .*", "", line) for line in lines]
    lines = [re.sub(r"> (?=>)", ">", line) for line in lines]
    lines = [re.sub(r"^\S*?include/cleave/([\w/]+\.hpp):\d+:\d+: ", r"cleave/\1: ", line) for line in lines]
    return [re.sub(r"^tests/compile_fail/[\w.]+:\d+:\d+: ", "", line) for line in lines]


def facts_of(path, errors):
    """What both compilers name, as one text."""
    named = []
    for lines in errors.values():
        match = re.search(r"ill_formed_\w+<.*>", lines[0]) if lines else None
        named.append(re.sub(r"cleave::(requirement::)?", "", match[0]) if match else None)
    if None in named or len(set(named)) != 1:
        sys.exit(f"{path.name}: the compilers do not name the same facts: {named}")
    return named[0]


def plain(code):
    return re.sub(r"\s+", " ", code.replace("cleave::", "")).replace(", }", "}").replace("{ ", "{").strip()


def graph_in(source):
    return re.search(r"cleave::graph ?(\{.*?\n?\});", source, re.S)[1]


def render(how, paths, errors):
    out = []
    if how == "facts":
        out += ["| ill-formed | the error |", "|---|---|"]
    for path in paths:
        source, own = ill_formed(path.read_text())
        if how == "facts":
            cut = path.name.startswith("cut_")
            shown = plain(" ".join(own)) if cut else "graph" + plain(graph_in(source))
            out.append(f"| `{shown}` | `{facts_of(path, errors[path])}` |")
            continue
        if how == "full":
            items = re.split(r", (?=\w+\{)", plain(graph_in(source))[1:-1])
            own = ["inline constexpr auto net = cleave::graph{", *(f"    cleave::{item}," for item in items), "};"]
        else:
            out += [path.stem.replace("_", " ").capitalize() + ":", ""]
        if own:
            out += ["<!-- snippet: none, it does not compile -->", "```cpp", *own, "```", ""]
        for compiler, lines in errors[path].items():
            out += [f"    {compiler}: {line}" for line in lines]
        out.append("")
    return "\n".join(out).rstrip("\n") + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="tell whether the page is up to date")
    arguments = parser.parse_args()
    if not right_compilers():
        print("[skipped] the page is made with " + " and ".join(COMPILERS))
        return 0
    page = PAGE.read_text()
    chosen = {}
    for _, how, patterns, _, _ in SECTION.findall(page):
        for pattern in patterns.split():
            chosen[pattern] = [path for path in sorted(PROGRAMS.glob("*.cpp")) if fnmatch.fnmatch(path.stem, pattern)]
    paths = sorted({path for found in chosen.values() for path in found})
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        header = dict(zip(COMPILERS, pool.map(lambda command: read_once(command, folder), COMPILERS.values())))
        jobs = {(path, name): pool.submit(errors_of, path, command, header[name])
                for path in paths for name, command in COMPILERS.items()}
    errors = {path: {name: jobs[path, name].result() for name in COMPILERS} for path in paths}

    def section(match):
        patterns = match[3].split()
        found = [path for pattern in patterns if not pattern.startswith("!") for path in chosen[pattern]]
        left_out = [path for pattern in patterns if pattern.startswith("!")
                    for path in sorted(PROGRAMS.glob(pattern[1:] + ".cpp"))]
        return match[1] + "\n" + render(match[2], [path for path in found if path not in left_out], errors) + "\n" + match[5]

    made = SECTION.sub(section, page)
    if made == page:
        print(f"docs/errors.md shows what {len(paths)} programs give")
        return 0
    if arguments.check:
        print("docs/errors.md does not show what the compilers say; tools/errors_page.py writes it")
        return 1
    PAGE.write_text(made)
    print("wrote docs/errors.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
