# SPDX-License-Identifier: BSL-1.0
"""Imports, compiles and runs every case of a folder of ONNX operator tests.

Started by tools/conformance, which builds cleave-import first. A case is a folder with model.onnx (or model_frozen.onnx,
where parameters are bound) and test_data_set_0. Cases are compiled many at a time, into a few programs.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

UNSUPPORTED = 5  # exit status of cleave-import: a sound model that needs what cleave does not have


def arguments():
    parser = argparse.ArgumentParser(prog="tools/conformance", description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=pathlib.Path, help="a folder of cases, described by its cases.json where there is one")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    parser.add_argument("--only", default="", help="cases whose names hold this text")
    parser.add_argument("--importer", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--work", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--include", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    parser.add_argument("--flags", default="-std=c++20 -O1")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--programs", type=int, default=8, help="how many programs are made")
    return parser.parse_args()


class Case:
    def __init__(self, folder, tier):
        self.folder = folder
        self.title = folder.name
        self.tier = tier
        self.name = "case_" + "".join(letter if letter.isalnum() else "_" for letter in folder.name)
        self.state = ""  # passed, failed, unsupported
        self.reason = ""

    def end(self, state, reason=""):
        self.state = state
        self.reason = " ".join(reason.split())


def find_cases(options):
    if not options.folder.is_dir():
        sys.exit(f"tools/conformance: there is no folder {options.folder}")
    listed = options.folder / "cases.json"
    tiers = {}
    if listed.is_file():
        tiers = {each["case"]: each.get("tier", "") for each in json.loads(listed.read_text())}
    folders = sorted(each for each in options.folder.iterdir() if (each / "model.onnx").is_file())
    missing = sorted(set(tiers) - {each.name for each in folders})
    if missing:
        sys.exit(f"tools/conformance: cases.json names '{missing[0]}', which is not there")
    return [Case(each, tiers.get(each.name, "")) for each in folders if options.only in each.name]


def bring_in(options, case):
    """Imports a case; its header, weights and samples go to the work folder."""
    frozen = case.folder / "model_frozen.onnx"
    model = frozen if frozen.is_file() else case.folder / "model.onnx"
    data = case.folder / "test_data_set_0"
    done = subprocess.run([options.importer, model, "--name", case.name, "--out", options.work, "--quiet", "--samples", data],
                          capture_output=True, text=True, errors="replace", check=False)
    words = done.stderr.strip().removeprefix("cleave-import: ").removeprefix(f"{model}: ")
    if done.returncode == UNSUPPORTED:
        case.end("unsupported", words)
    elif done.returncode != 0:
        case.end("failed", f"import ended with {done.returncode}: {words}")


def source_of(cases):
    lines = ['#include "case.hpp"\n']
    lines += [f'#include "{case.name}.hpp"\n' for case in cases]
    lines += ["\nint main(int, char** words) {\n"]
    lines += [f'  conformance::report<{case.name}>(words[1], "{case.name}");\n' for case in cases]
    return "".join(lines) + "}\n"


def compile_and_run(options, cases, label):
    """One program of many cases; where it does not compile or breaks off, of half as many."""
    source = options.work / f"program_{label}.cpp"
    program = source.with_suffix("")
    source.write_text(source_of(cases))
    here = pathlib.Path(__file__).resolve().parent
    command = [options.compiler, *shlex.split(options.flags), f"-I{options.include}", f"-I{here}", f"-I{options.work}", source,
               "-o", program]
    built = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    words = ""
    if built.returncode != 0:
        errors = [line for line in built.stderr.splitlines() if "error" in line]
        words = f"does not compile: {errors[0] if errors else built.stderr[:300]}"
    else:
        try:
            ran = subprocess.run([program, options.work], capture_output=True, text=True, timeout=600, check=False)
            read_results(cases, ran.stdout)
            words = f"its program ended with {ran.returncode}" if ran.returncode != 0 else ""
        except subprocess.TimeoutExpired:
            words = "its program did not end"
    left = [case for case in cases if not case.state]
    if not left:
        return
    if len(left) == 1 and (len(cases) == 1 or built.returncode != 0):
        left[0].end("failed", words or "its program said nothing")
        return
    middle = (len(left) + 1) // 2
    compile_and_run(options, left[:middle], label + "a")
    if left[middle:]:
        compile_and_run(options, left[middle:], label + "b")


def read_results(cases, text):
    by_name = {case.name: case for case in cases}
    for line in text.splitlines():
        name, state, apart, span, *why = line.split(" ", 4)
        reason = why[0] if why and why[0] else f"off by {apart} of a range of {span}"
        by_name[name].end(state, "" if state == "passed" else reason)


def bars(cases, command):
    """What must hold of these cases, as rows for a report."""
    core = [case for case in cases if case.tier == "core"]
    rows = []

    def add(name, value, limit, passed):
        rows.append({"name": name, "value": value, "limit": limit, "pass": passed, "command": command})

    count = collections.Counter(case.state for case in cases)
    if core:
        of_core = collections.Counter(case.state for case in core)
        add("conformance: core cases passed", of_core["passed"], f">= {min(140, len(core))}",
            of_core["passed"] >= min(140, len(core)))
        add("conformance: core cases failed", of_core["failed"], "0", of_core["failed"] == 0)
        add("conformance: all cases passed", count["passed"], f">= {min(230, len(cases))}",
            count["passed"] >= min(230, len(cases)))
    add("conformance: cases failed", count["failed"], "0", count["failed"] == 0)
    silent = sum(1 for case in cases if case.state == "unsupported" and not case.reason)
    add("conformance: cases refused without a reason", silent, "0", silent == 0)
    return rows


def main():
    options = arguments()
    cases = find_cases(options)
    if not cases:
        sys.exit(f"tools/conformance: {options.folder} holds no cases")
    options.work.mkdir(parents=True, exist_ok=True)
    for case in cases:
        bring_in(options, case)
    ready = [case for case in cases if not case.state]
    print(f"{len(cases)} cases, {len(ready)} imported; compiling", flush=True)
    count = max(1, min(options.programs, len(ready)))
    # Every eighth case goes into the same program, so that the large ones are spread.
    shares = [ready[i::count] for i in range(count) if ready[i::count]]
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(lambda pair: compile_and_run(options, pair[1], str(pair[0])), enumerate(shares)))

    for state in ("unsupported", "failed"):
        for case in cases:
            if case.state == state:
                print(f"{state:12} {case.tier + ' ' if case.tier else ''}{case.title}: {case.reason}")
    for tier in sorted({case.tier for case in cases} - {""}):
        of_tier = collections.Counter(case.state for case in cases if case.tier == tier)
        print(f"{tier:12} {of_tier['passed']} passed, {of_tier['failed']} failed, {of_tier['unsupported']} unsupported")
    count = collections.Counter(case.state for case in cases)
    print(f"{count['passed']} passed, {count['failed']} failed, {count['unsupported']} unsupported")
    rows = bars(cases, f"./tools/conformance {options.folder}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    sys.exit(0 if all(row["pass"] for row in rows) else 1)


main()
