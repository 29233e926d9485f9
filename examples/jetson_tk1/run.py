#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Does what docs/jetson_tk1.md tells to do: a server on this machine, and the device in an emulator.

run.py <networks> <jetson_tk1 for this machine> <device's command...>

The device must give the bits of the whole network on this machine, behind several cuts, from a test picture, raw frames
and PPM pictures, and go on by itself when the server is gone.
"""
import os
import re
import signal
import subprocess
import sys

networks, host, *device = sys.argv[1:]
if not os.path.exists(host):
    print(f"[skipped] there is no {host}: build jetson_tk1 for this machine first")
    sys.exit(77)

FRAMES = 2
problems = []


def run(command, *arguments, data=None, network="mobilenet"):
    done = subprocess.run([*command, "device", network, *arguments], input=data, capture_output=True, timeout=200)
    text = done.stdout.decode() + done.stderr.decode()
    if done.returncode != 0:
        sys.exit(f"{arguments} ended with {done.returncode}:\n{text}")
    return text


def find(pattern, text):
    found = re.search(pattern, text)
    if found is None:
        sys.exit(f"nothing like '{pattern}' in\n{text}")
    return found[1]


def expect(what, text, checksum, local=0):
    came = find(r"checksum of the answers ([0-9a-f]{8})", text)
    alone = int(find(r"(\d+) finished here", text.split("\n\n")[-1].split("\n")[-3]))
    good = came == checksum and alone == local
    print(f"{'ok  ' if good else 'FAIL'} {what}: checksum {came}, {alone} finished here")
    if not good:
        problems.append(what)
        print(text)


def raw_frames(width, height):
    """Noise that is the same everywhere."""
    state, values = 1, bytearray()
    for _ in range(FRAMES * width * height * 3):
        state = (state * 1103515245 + 12345) % 2**31
        values.append(state >> 16 & 255)
    return bytes(values)


def serve(network):
    server = subprocess.Popen([host, "server", network, "--until-input-ends"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    return server, ("--server", "127.0.0.1:" + find(r"port (\d+)", server.stdout.readline()))


def one_alexnet():
    """The convolutions on the device, one frame: what a TK1 takes a second for takes an emulator ten."""
    size = ("--size", "320x240", "--count", "1")
    whole = find(r"answers ([0-9a-f]{8})", run([host], *size, network="alexnet"))
    server, there = serve("alexnet")
    try:
        expect("alexnet behind pool5", run(device, *there, *size, "--cut", "pool5", "--timeout", "60000", network="alexnet"),
               whole)
    finally:
        server.kill()
        server.wait()


def main():
    count = ("--count", str(FRAMES))
    whole = find(r"answers ([0-9a-f]{8})", run([host], *count))
    expect("all layers on the device", run(device, *count), whole)

    width, height = 120, 90
    raw = raw_frames(width, height)
    size = width * height * 3
    pictures = b"".join(b"P6\n# a camera's\n%d %d\n255\n" % (width, height) + raw[i * size:(i + 1) * size]
                        for i in range(FRAMES))
    of_raw = find(r"answers ([0-9a-f]{8})", run([host], "--frames", "-", "--size", f"{width}x{height}", data=raw))
    expect("PPM pictures through a pipe", run(device, "--frames", "-", data=pictures), of_raw)

    server, address = serve("mobilenet")
    there = (*address, *count)
    try:
        for cut in ("0", "1", "14", "27", "55"):
            expect(f"cut {cut}", run(device, *there, "--cut", cut), whole)
        half = run([host], *there, "--cut", "14", "--codec", "f16")
        expect("half floats", run(device, *there, "--cut", "14", "--codec", "f16"),
               find(r"answers ([0-9a-f]{8})", half))
        slow = run(device, *there, "--cut", "27", "--codec", "f16", "--rate", "500", "--latency", "2", "--each")
        expect("a slow link", slow, find(r"answers ([0-9a-f]{8})", run([host], *there, "--cut", "27", "--codec", "f16")))
        # A frame's header, the tensor's length, 6 x 6 x 128 half floats, a checksum: docs/wire.md.
        sent = int(find(r"(\d+) bytes up", slow.split("\n")[2]))
        if sent != 48 + 4 + 2 * 6 * 6 * 128 + 4:
            problems.append(f"{sent} bytes for one frame")
        server.send_signal(signal.SIGSTOP)  # a radio that is out of reach
        expect("a server that says nothing", run(device, *there, "--cut", "14", "--timeout", "300"), whole, FRAMES)
        server.send_signal(signal.SIGCONT)
    finally:
        server.kill()
        server.wait()
    if "alexnet" in networks:
        one_alexnet()
    expect("no server", run(device, *there, "--cut", "14"), whole, FRAMES)
    if problems:
        sys.exit("wrong: " + ", ".join(problems))


main()
