#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Does what docs/split.md tells to do, in a folder of its own, and compares the answers.

run.py <train> <cleave-weights> <server> <device>
"""
import re
import signal
import subprocess
import sys
import tempfile

train, weights, server, device = sys.argv[1:]

with tempfile.TemporaryDirectory() as folder:
    def run(*command):
        return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=60).stdout

    whole = run(train, "lenet5.weights")
    run(weights, "slice", "lenet5.weights", "--cut", "6", "--half", "device", "-o", "device.weights")
    with subprocess.Popen([server, "lenet5.weights", "0"], cwd=folder, stdout=subprocess.PIPE, text=True) as serving:
        try:
            port = re.search(r"port (\d+)", serving.stdout.readline())[1]
            split = run(device, "device.weights", "localhost", port)
        finally:
            serving.send_signal(signal.SIGINT)
            told = serving.stdout.read()
            status = serving.wait(timeout=60)
print(whole + told, end="")
if split != whole:
    sys.exit("the two processes do not answer as one:\n" + split)
if told != "1 answers\n" or status != 0:
    sys.exit(f"the server ended with status {status}")
