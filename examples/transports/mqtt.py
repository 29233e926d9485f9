#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Runs the MQTT example against a broker of its own, on a port of this machine, and compares what it prints.

mqtt.py <mosquitto> <compare_output.py> <expected output> <example> [more of the command...]
"""
import os
import socket
import subprocess
import sys
import tempfile
import time

broker, compare, expected, *example = sys.argv[1:]

with socket.socket() as probe:
    probe.bind(("127.0.0.1", 0))
    port = probe.getsockname()[1]

with tempfile.TemporaryDirectory() as folder:
    settings = os.path.join(folder, "broker.conf")
    with open(settings, "w") as file:
        file.write(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\n")
        if os.getuid() == 0:
            file.write("user root\n")
    with subprocess.Popen([broker, "-c", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            for _ in range(100):
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.05)
            status = subprocess.run([sys.executable, compare, expected, *example, "127.0.0.1", str(port)]).returncode
        finally:
            running.terminate()
sys.exit(status)
