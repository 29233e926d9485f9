# SPDX-License-Identifier: BSL-1.0
"""What the checks know of the source tree: the headers, what they include, and which of them stand on Asio."""
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = ROOT / "include"

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def headers():
    """Every header under include/, as 'cleave/core/shape.hpp', sorted."""
    return sorted(p.relative_to(INCLUDE).as_posix() for p in INCLUDE.rglob("*.hpp"))


@functools.lru_cache(maxsize=None)
def includes(header):
    """What one header includes: (line number, the bracket, the path) for each."""
    found = []
    for number, line in enumerate((INCLUDE / header).read_text().splitlines(), 1):
        match = _INCLUDE.match(line)
        if match:
            found.append((number, match[1], match[2]))
    return tuple(found)


def closure(header):
    """The header and every cleave header that it reaches, includes under #if among them."""
    seen, todo = set(), [header]
    while todo:
        current = todo.pop()
        if current in seen or not (INCLUDE / current).exists():
            continue
        seen.add(current)
        todo += [path for _, _, path in includes(current) if path.startswith("cleave/")]
    return seen


def is_asio(path):
    """Whether an include names a header of Asio."""
    return path == "asio.hpp" or path.startswith("asio/")


def needs_asio(header):
    """Whether a header can not be compiled without Asio."""
    return any(is_asio(path) for reached in closure(header) for _, _, path in includes(reached))
