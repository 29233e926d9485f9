#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Reads CTest's JUnit file: prints "passed failed skipped", then "failed <name>" and "skipped <name>" lines."""
import sys
import xml.etree.ElementTree

outcomes = {"passed": [], "failed": [], "skipped": []}
for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
    skip = case.find("skipped")
    if case.get("status") == "run":
        outcome = "passed"
    elif skip is not None and skip.get("message", "").startswith("SKIP_"):
        outcome = "skipped"
    else:
        # Failed, or never started: a program that is missing must not pass as skipped.
        outcome = "failed"
    outcomes[outcome].append(case.get("name"))
print(*(len(names) for names in outcomes.values()))
for outcome in ("failed", "skipped"):
    for name in outcomes[outcome]:
        print(outcome, name)
