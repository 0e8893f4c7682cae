#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the first C example of the README is C99 that compiles against the public headers without a warning.

Usage: readme_example.py CC INCLUDE_DIRECTORY README
"""
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"^```c\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def main(arguments):
    if len(arguments) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    cc, include, readme = arguments
    block = BLOCK.search(Path(readme).read_text(encoding="utf-8"))
    if not block:
        print(f"{readme}: no ```c block")
        return 1
    flags = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", include]
    compiled = subprocess.run([cc, *flags, "-x", "c", "-"], input=block.group(1), text=True)
    if compiled.returncode != 0:
        print(f"{readme}: its first C example does not compile")
        return 1
    print(f"{readme}: its first C example compiles")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
