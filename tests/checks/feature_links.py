#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the tests to which docs/features.md links exist: [yes](FILE "TEST") wants TEST in FILE.

Usage: feature_links.py FEATURES.md
A second cell that begins with "yes" must be such a link.
"""
import re
import sys
from pathlib import Path

LINK = re.compile(r'\[[^\]]*\]\(([^\s)]+)(?: "([^"]*)")?\)')


def complaints_of(page):
    """One text for each link that leads nowhere and each claim without a link."""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        for path, test in LINK.findall(line):
            file = page.parent / path
            if not file.is_file():
                yield f"{page}:{number}: no file {path}"
            elif test not in file.read_text(encoding="utf-8"):
                yield f'{page}:{number}: no "{test}" in {path}'
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) > 1 and cells[1].startswith("yes"):
            yield f'{page}:{number}: "{cells[0]}" is claimed without a link to a test'


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    page = Path(arguments[0])
    complaints = list(complaints_of(page))
    links = len(LINK.findall(page.read_text(encoding="utf-8")))
    if links == 0:
        complaints.append(f"{page}: no link, nothing was checked")
    for complaint in complaints:
        print(complaint)
    print(f"features: {links} links, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
