#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Code in README.md, CONTRIBUTING.md and docs/ is a region of a file that is compiled and run.

A block that shows code is preceded by a line that names its source:

    <!-- snippet: examples/hello.cpp hello -->
    ```cpp
    ...
    ```

and the file holds the region between `// [hello]` and `// [/hello]` (`#` in place of `//` in scripts). `one+other` means two
regions with an empty line between them. Without a region name the whole file is meant, less its licence line. Blocks of C++ without such a line are refused, except those marked
`<!-- snippet: none, <why> -->`. --fix writes the text of the files into the documents.
"""
import argparse
import re
import sys
import textwrap

from tree import ROOT

MARK = re.compile(r"^<!-- snippet: (\S+?)(?:,.*)?(?: ([\w+-]+))? -->$")
FENCE = re.compile(r"^```(\w*)")


def region(path, name):
    lines = (ROOT / path).read_text().splitlines()
    if not name:
        return [line for line in lines if "SPDX-License-Identifier" not in line]
    if "+" in name:
        return "\n\n".join("\n".join(region(path, each)) for each in name.split("+")).splitlines()
    begin = [i for i, line in enumerate(lines) if re.fullmatch(rf"\s*(//|#) \[{re.escape(name)}\]", line)]
    end = [i for i, line in enumerate(lines) if re.fullmatch(rf"\s*(//|#) \[/{re.escape(name)}\]", line)]
    if len(begin) != 1 or len(end) != 1 or end[0] < begin[0]:
        raise ValueError(f"{path} has no single region [{name}]")
    inner = [line for line in lines[begin[0] + 1:end[0]] if not re.fullmatch(r"\s*(//|#) \[/?[\w-]+\]", line)]
    return textwrap.dedent("\n".join(inner)).strip("\n").splitlines()


def documents():
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")),
             *sorted((ROOT / "examples").rglob("*.md"))]
    return [path for path in found if path.exists()]


def checked(path):
    """The document as it should be, and what is wrong with it."""
    lines, out, wrong = path.read_text().splitlines(), [], []
    name, i = path.relative_to(ROOT), 0
    mark = None
    while i < len(lines):
        line = lines[i]
        out.append(line)
        fence = FENCE.match(line)
        if not fence:
            if line.strip():
                mark = MARK.match(line)
            i += 1
            continue
        end = next((j for j in range(i + 1, len(lines)) if lines[j].startswith("```")), None)
        if end is None:
            wrong.append(f"{name}:{i + 1}: a code block without an end")
            return path.read_text(), wrong
        body = lines[i + 1:end]
        if mark and mark[1] not in ("none", "none,"):
            try:
                wanted = region(mark[1], mark[2])
                if wanted != body:
                    wrong.append(f"{name}:{i + 1}: differs from {mark[1]} {mark[2] or ''}".rstrip())
                body = wanted
            except (OSError, ValueError) as error:
                wrong.append(f"{name}:{i + 1}: {error}")
        elif not mark and fence[1] in ("cpp", "c++", "cmake"):
            wrong.append(f"{name}:{i + 1}: a block of {fence[1]} that names no source (<!-- snippet: file region -->)")
        out += body + [lines[end]]
        i, mark = end + 1, None
    return "\n".join(out) + "\n", wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fix", action="store_true", help="copy the regions into the documents")
    arguments = parser.parse_args()
    problems, blocks = [], documents()
    for path in blocks:
        text, wrong = checked(path)
        if arguments.fix and text != path.read_text():
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")
            _, wrong = checked(path)
        problems += wrong
    print("\n".join(problems) if problems else f"{len(blocks)} documents show code that is compiled")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
