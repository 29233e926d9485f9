#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Reads a weight blob by the tables of docs/weights.md alone, and prints each layer that it holds."""
import struct
import sys

MASK = (1 << 64) - 1


def byte_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = byte_table()


def crc32c(data):
    state = 0xFFFFFFFF
    for byte in data:
        state = state >> 8 ^ TABLE[(state ^ byte) & 255]
    return state ^ 0xFFFFFFFF


# [fingerprint]
def fingerprint_of(table):
    state = 0xCBF29CE484222325
    for (word,) in struct.iter_unpack("<Q", table):
        state = (state ^ word) * 0x100000001B3 & MASK ^ state >> 29
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 & MASK
    state = (state ^ state >> 27) * 0x94D049BB133111EB & MASK
    return state ^ state >> 31
# [/fingerprint]


# [reader]
def layers_of(blob):
    (magic, version, header_bytes, graph, weights, layers, first, last, zero, data_bytes, zeros, more,
     header_crc) = struct.unpack_from("<4sHHQQIIIIQQII", blob)
    assert (magic, version, header_bytes, zero, zeros, more) == (b"CLVW", 1, 64, 0, 0, 0)
    table = blob[64:64 + 24 * layers]
    assert header_crc == crc32c(blob[:60] + table)
    assert weights == fingerprint_of(table)
    lines = list(struct.iter_unpack("<QQIBBH", table))
    begin = -(-(64 + 24 * layers) // 64) * 64
    data = blob[begin:begin + data_bytes]
    assert len(data) == data_bytes and not any(blob[64 + 24 * layers:begin])
    held_from = lines[first - 1][0] if first <= last else 0
    for number in range(first, last + 1):
        offset, size, crc, layout, dtype, zero = lines[number - 1]
        floats, filling = data[offset - held_from:][:size], data[offset - held_from + size:][:-size % 64]
        assert (crc32c(floats), any(filling), dtype, zero) == (crc, False, 0, 0)
        yield number, layout, struct.unpack(f"<{size // 4}f", floats)
# [/reader]


LAYOUTS = ["none", "blocked", "depthwise", "locally_connected", "per_channel", "custom", "plain", "recurrent"]

if __name__ == "__main__":
    with open(sys.argv[1], "rb") as file:
        for number, layout, floats in layers_of(file.read()):
            print(number, LAYOUTS[layout], len(floats))
