#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the symbols of libnormforge.

Usage: symbols.py --shared libnormforge.so --static libnormforge.a
The shared library exports nf_* and nothing else, so no Halide symbol either. No member of the static library refers to a
function that ends the process or prints, but for capture.cpp, which writes the file that NORMFORGE_CAPTURE names.
std::terminate is not in that list: inline code of the standard library (std::thread's destructor and assignment) refers to
it in every build, whether it can be reached or not, so its presence says nothing about our code.
"""
import argparse
import re
import subprocess
import sys
from pathlib import Path

ENDS_OR_PRINTS = {
    "abort", "exit", "_exit", "_Exit", "quick_exit", "raise", "__assert_fail",
    "printf", "vprintf", "fprintf", "vfprintf", "dprintf", "puts", "fputs", "fputc", "putc", "putchar", "fwrite", "perror",
    "__printf_chk", "__fprintf_chk", "__vprintf_chk", "__vfprintf_chk", "__dprintf_chk",
    "stdout", "stderr", "write", "syslog",
    "_ZSt4cout", "_ZSt4cerr", "_ZSt4clog",
}  # fmt: skip
EXCEPTIONS = {("capture.cpp.o", "write")}  # member, function


def nm(arguments, library):
    """Non-empty lines of nm. Raises with nm's own words if the library is missing or unreadable."""
    result = subprocess.run(["nm", *arguments, str(library)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"nm {' '.join(arguments)} {library}: {result.stderr.strip()}")
    return [line for line in result.stdout.splitlines() if line]


def check_shared(library):
    """Complaints about exported symbols."""
    names = [line.split()[-1] for line in nm(["-D", "--defined-only", "--extern-only"], library)]
    if "nf_plan_create" not in names:
        return [f"{library}: does not export nf_plan_create; is this libnormforge?"]
    return [f"{library}: exports {name}, which does not begin with nf_" for name in names if not name.startswith("nf_")]


def check_static(library):
    """Complaints about what members refer to. nm -A prints `archive:member:   U name`."""
    if not any(line.endswith(" nf_plan_create") for line in nm(["-A", "--defined-only"], library)):
        return [f"{library}: does not define nf_plan_create; is this libnormforge?"]
    complaints = []
    for line in nm(["-A", "-u"], library):
        place, name = re.fullmatch(r"(.*?):\s+[Uw] (\S+)", line).groups()
        name = name.split("@")[0]
        if name in ENDS_OR_PRINTS and (place.split(":")[-1], name) not in EXCEPTIONS:
            complaints.append(f"{place}: refers to {name}: the library never ends the process and never prints")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True)
    parser.add_argument("--static", type=Path, required=True)
    options = parser.parse_args()
    try:
        complaints = check_shared(options.shared) + check_static(options.static)
    except RuntimeError as error:
        complaints = [str(error)]
    for complaint in complaints:
        print(complaint)
    print(f"symbols: {len(complaints)} complaints")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
