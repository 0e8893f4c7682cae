#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that sources are formatted as .clang-format says and begin with their licence.

Usage: style.py CLANG_FORMAT REPOSITORY
"""
import subprocess
import sys
from pathlib import Path

FOLDERS = ["examples", "generators", "include", "runtime", "tests", "tools"]
SUFFIXES = {".h", ".hpp", ".c", ".cpp"}


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    clang_format, root = arguments[0], Path(arguments[1])
    complaints = []
    files = []
    for folder in FOLDERS:
        sources = sorted(p for p in (root / folder).rglob("*") if p.suffix in SUFFIXES)
        if not sources:
            complaints.append(f"{folder}: no source file, nothing was checked")
        files += sources
    for file in files:
        if "SPDX-License-Identifier: MIT" not in file.read_text(encoding="utf-8").split("\n", 1)[0]:
            complaints.append(f"{file.relative_to(root)}: the first line does not say `SPDX-License-Identifier: MIT`")
    result = subprocess.run([clang_format, "--dry-run", "-Werror", *map(str, files)])
    if result.returncode != 0:
        complaints.append("clang-format would change the lines above; run it with -i")
    for complaint in complaints:
        print(complaint)
    print(f"style: {len(files)} files, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
