#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What documents say of the headers, held against the headers.

- docs/layers.md shows every layer with its fields, their order and their defaults, and names no layer that is not there.
- Every error code is explained in a document, and everything that an ill-formed graph may need in docs/errors.md.
- docs/weights.md numbers the layouts as the headers do.
- A link between documents leads to a file and a heading that exist.
"""
import re
import sys

from tree import ROOT

LAYERS = ROOT / "include/cleave/layers"
DIAGNOSIS = ROOT / "include/cleave/graph/diagnosis.hpp"
RESULT = ROOT / "include/cleave/core/result.hpp"
STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\};", re.M | re.S)
FIELD = re.compile(r"^  [\w:<>, -]+? (\w+)(?:(\{[^;]*\})| = ([^;]+))?;$", re.M)


def documents():
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path for path in found if path.exists()]


def signatures():
    """Each layer as documents write it: `clip{.low, .high}`. `name` and `from`, which all have, are left out."""
    for path in sorted(LAYERS.glob("*.hpp")):
        for name, body in STRUCT.findall(path.read_text()):
            fields, made, _ = body.partition("constexpr operator layer_record")
            if not made:
                continue
            shown = []
            for field, braces, default in FIELD.findall(fields):
                if field in ("name", "from"):
                    continue
                # A number as it is in source, without the F of a float.
                default = re.sub(r"(?<=[\d.])F$", "", braces or default)
                shown.append(f".{field} = {default}" if default else f".{field}")
            yield name, f"{name}{{{', '.join(shown)}}}"


def layer_problems():
    page = ROOT / "docs/layers.md"
    shown = set(re.findall(r"`(\w+\{[^`]*\})`", page.read_text()))
    expected = dict(signatures())
    if len(expected) < 30:
        yield f"{LAYERS.relative_to(ROOT)}: only {len(expected)} layers were found; the pattern of this script is old"
    for name, signature in expected.items():
        if signature not in shown:
            yield f"docs/layers.md: does not show `{signature}`"
    for signature in sorted(shown - set(expected.values())):
        yield f"docs/layers.md: `{signature}` is in no header"


def layout_problems():
    text = (ROOT / "docs/weights.md").read_text()
    names = re.search(r"enum class weight_layout_kind.*?\{(.*?)\};", (LAYERS / "record.hpp").read_text(), re.S)[1]
    for number, name in enumerate(re.findall(r"\w+", re.sub(r"//.*", "", names))):
        if f"{number} {name.replace('_', ' ')}" not in text:
            yield f"docs/weights.md: does not say that {number} is the layout {name}"


def error_problems():
    text = "\n".join(path.read_text() for path in documents())
    codes = re.search(r"enum class errc.*?\{(.*?)\};", RESULT.read_text(), re.S)[1]
    for code in re.findall(r"^  (\w+)(?: = 0)?,", codes, re.M):
        if code != "ok" and f"`{code}`" not in text and f"`errc::{code}`" not in text:
            yield f"docs: errc::{code} is nowhere explained"
    page = (ROOT / "docs/errors.md").read_text()
    needs = re.search(r"namespace requirement \{(.*?)\}", DIAGNOSIS.read_text(), re.S)[1]
    for need in re.findall(r"struct (\w+);", needs):
        if f"| `{need}` |" not in page:
            yield f"docs/errors.md: does not explain needs<{need}>"


def anchors(path):
    """Headings, as GitHub and its kin make links of them."""
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.M)}


def link_problems():
    for path in documents():
        text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"\w+:", target):
                continue
            name, _, anchor = target.partition("#")
            to = (path.parent / name).resolve() if name else path
            if not to.exists():
                yield f"{path.relative_to(ROOT)}: {target} leads nowhere"
            elif anchor and anchor not in anchors(to):
                yield f"{path.relative_to(ROOT)}: {name} has no heading for #{anchor}"


def main():
    problems = [*layer_problems(), *layout_problems(), *error_problems(), *link_problems()]
    print("\n".join(problems) if problems else f"{len(documents())} documents agree with the headers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
