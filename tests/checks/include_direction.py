#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks from the #include lines that data flows one way: each folder may only use the folders that ALLOWED names.

Usage: include_direction.py REPOSITORY
Also: quoted includes are paths from the repository root, include/ uses only standard headers, Halide stays where it belongs.
"""
import re
import sys
from pathlib import Path

# Folder -> folders whose headers it may include, itself always. The longest matching folder counts.
# "include" is the public contract; it uses nothing.
ALLOWED = {
    "include": [],
    "runtime": ["include"],
    "generators/algorithm": ["include"],
    "generators/tuning": ["include", "runtime"],
    "generators/schedule": ["include", "runtime", "generators/algorithm", "generators/tuning"],
    "generators/kernel_sets": ["include", "runtime", "generators/tuning"],
    "generators/emit": ["include", "runtime", "generators"],  # the end of the flow
    "generators": ["include", "runtime"],
    "tests/reference": [],
    "tests/support": ["include", "runtime", "tests/reference"],
    "tests/emit": ["include", "runtime", "generators", "tests/reference", "tests/support"],
    "tests/audit": ["include", "runtime", "tools"],
    "tests/manual": ["tools"],
    "tests/report": ["include", "runtime", "tools"],
    "tests/shapes": ["include", "runtime", "tools"],
    "tests/tune": ["include", "runtime", "generators", "tools"],
    "tests/unit": ["include", "runtime", "generators", "tools", "tests/reference", "tests/support"],
    "tests/examples": ["include", "examples", "tests/reference", "tests/support"],
    "tests/install": ["include"],  # an outside project sees what is installed
    "tests": ["include", "runtime", "tests/reference", "tests/support"],
    "tools": ["include", "runtime", "generators", "tests/reference", "tests/support"],
    "examples": ["include"],
}

# Headers of Halide -> folders that may include them. Halide.h is the compiler; HalideRuntime.h only has the buffer struct.
HALIDE = {
    "Halide.h": ["generators"],
    "HalideBuffer.h": ["generators"],
    "HalideRuntime.h": ["generators", "runtime"],
}

C_HEADERS = {"stddef.h", "stdint.h"}
SUFFIXES = {".h", ".hpp", ".c", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def inside(path, folders):
    """Whether a path from the root lies in one of the folders."""
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def rule_of(path):
    """The entry of ALLOWED for a file."""
    return max((folder for folder in ALLOWED if inside(path, [folder])), key=len)


def check_include(root, path, bracket, header):
    """The complaint about one #include line, None if it is fine."""
    name = header.rsplit("/", 1)[-1]
    if name in HALIDE:
        if inside(path, HALIDE[name]):
            return None
        return f"{name} belongs in {' and '.join(HALIDE[name])} only"

    if bracket == '"':
        if not (root / header).is_file():
            return f'"{header}" is no path from the repository root'
        target = header
    elif header.startswith("normforge/"):
        target = "include/" + header
    elif path.endswith(".h") and inside(path, ["include"]) and header not in C_HEADERS:
        return f"<{header}>: the C contract uses only {', '.join(sorted(C_HEADERS))}"
    elif inside(path, ["include"]) and ("/" in header or "." in header) and header not in C_HEADERS:
        return f"<{header}>: the C++ contract uses only standard headers"
    else:
        return None

    rule = rule_of(path)
    if inside(target, [rule] + ALLOWED[rule]):
        return None
    return f"{rule} may not use {target}; it may use {', '.join(ALLOWED[rule]) or 'only itself'}"


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[0])
    complaints = []
    files = 0
    for folder in sorted({rule.split("/")[0] for rule in ALLOWED}):
        sources = sorted(p for p in (root / folder).rglob("*") if p.suffix in SUFFIXES)
        if not sources:
            complaints.append(f"{folder}: no source file, nothing was checked")
        for source in sources:
            files += 1
            path = source.relative_to(root).as_posix()
            text = source.read_text(encoding="utf-8")
            for match in INCLUDE.finditer(text):
                complaint = check_include(root, path, *match.groups())
                if complaint:
                    line = text.count("\n", 0, match.start(1)) + 1
                    complaints.append(f"{path}:{line}: {complaint}")
    for complaint in complaints:
        print(complaint)
    print(f"include direction: {files} files, {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
