#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""The folder list is the architecture: a header includes its own folder and those before it in ORDER, never those after.

Beside that: <cleave/...> is written with angle brackets and names a header that exists, xsimd is included by
simd/xsimd_pack.hpp alone, Asio by transport/tcp* and the runtime and by nothing that cleave.hpp reaches, and nothing that
device.hpp reaches needs an operating system.
"""
import sys

from tree import INCLUDE, closure, headers, includes, is_asio

ORDER = ["core", "simd", "kernels", "layers", "graph", "weights", "network", "codec", "wire", "transport", "runtime",
         "plan", "testing", "models"]
UMBRELLAS = {"cleave/device.hpp", "cleave/cleave.hpp", "cleave/tcp.hpp", "cleave/serial.hpp"}
# Bytes, spans and shapes are all that these know: the runtime joins them with networks.
APART = {"codec": {"core", "codec"}, "wire": {"core", "codec", "wire"},
         "transport": {"core", "wire", "transport"}}
# Standard headers that allocate, throw, print or need threads: nothing for firmware.
HOSTED = {"any", "chrono", "condition_variable", "cstdio", "deque", "exception", "filesystem", "fstream", "future",
          "iomanip", "ios", "iostream", "istream", "list", "locale", "map", "mutex", "ostream", "queue", "random",
          "regex", "set", "sstream", "stdexcept", "stdio.h", "string", "thread", "unordered_map", "unordered_set",
          "vector"}


def layer_of(header):
    """The folder of a header; a header directly under cleave/ belongs to the folder of its own name, config to core."""
    parts = header.split("/")
    if len(parts) > 2:
        return parts[1]
    stem = parts[1].removesuffix(".hpp")
    return "core" if stem == "config" else stem


def problems():
    known = set(headers())
    device, hosted = closure("cleave/device.hpp"), closure("cleave/cleave.hpp")
    for header in sorted(known):
        layer = layer_of(header)
        if header not in UMBRELLAS and layer not in ORDER:
            yield f"{header}: the folder '{layer}' has no place in the order of layers"
            continue
        for line, bracket, path in includes(header):
            where = f"include/{header}:{line}"
            if bracket == '"':
                yield f"{where}: include \"{path}\" as <cleave/...>"
            elif path.startswith("cleave/"):
                if path not in known:
                    yield f"{where}: <{path}> does not exist"
                elif header in UMBRELLAS:
                    pass
                elif path in UMBRELLAS:
                    yield f"{where}: <{path}> is for users; name the headers that are needed"
                elif ORDER.index(layer_of(path)) > ORDER.index(layer):
                    yield f"{where}: '{layer}' must not include '{layer_of(path)}' (<{path}>)"
                elif layer in APART and layer_of(path) not in APART[layer]:
                    yield f"{where}: '{layer}' knows bytes and shapes only, not '{layer_of(path)}' (<{path}>)"
            elif path.startswith("xsimd/") and header != "cleave/simd/xsimd_pack.hpp":
                yield f"{where}: only simd/xsimd_pack.hpp may include xsimd"
            elif is_asio(path) and not header.startswith(("cleave/transport/tcp", "cleave/transport/serial", "cleave/runtime/")):
                yield f"{where}: only transport/tcp*, transport/serial* and the runtime may include Asio"
            elif is_asio(path) and header in hosted:
                yield f"{where}: Asio, in what cleave.hpp includes"
            elif header in device and path in HOSTED:
                yield f"{where}: <{path}> in what device.hpp includes: firmware has no such thing"


def main():
    found = list(problems())
    print("\n".join(found) if found else f"{len(headers())} headers, every arrow goes one way")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
