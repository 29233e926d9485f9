# SPDX-License-Identifier: BSL-1.0
"""Writes the CTest script of one test program: a test for every TEST_CASE, called "<layer>: <sentence>".

discover.py <layer> <output> <timeout> -- <command...>
"""
import os
import subprocess
import sys


def bracketed(text):
    """A CMake bracket argument, which takes any text as it is."""
    return f"[==[{text}]==]"


def main():
    layer, output, timeout = sys.argv[1:4]
    command = sys.argv[5:]
    listed = subprocess.run([*command, "--list-test-cases", "--no-colors"], check=True, capture_output=True, text=True)
    names = [line for line in listed.stdout.splitlines() if line and not line.startswith(("[doctest]", "======"))]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        sys.exit(f"test_{layer}: " + (f"two test cases are called '{twice[0]}'" if twice else "no test case"))
    script = []
    for name in names:
        title = bracketed(f"{layer}: {name}")
        # A comma separates filters of doctest.
        only = bracketed("--test-case=" + name.replace(",", "\\,"))
        script.append(f"add_test({title} {' '.join(map(bracketed, command))} {only} --no-version)")
        script.append(f"set_tests_properties({title} PROPERTIES LABELS {bracketed(layer)} TIMEOUT {timeout}"
                      " SKIP_REGULAR_EXPRESSION [==[\\[skipped\\]]==]"
                      # A filter that matches nothing succeeds; that must not count as a test.
                      " FAIL_REGULAR_EXPRESSION [==[test cases: +0 ]==])")
    text = "\n".join(script) + "\n"
    with open(output + ".new", "w") as file:
        file.write(text)
    os.replace(output + ".new", output)


main()
