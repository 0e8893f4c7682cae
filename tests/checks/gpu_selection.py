#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the selection of GPU kernels that the tests compile leaves out nothing but epilogues: every op, form, type and
tag of the whole kernel set is in it.

Usage: gpu_selection.py WHOLE.json SELECTION.json
"""
import itertools
import json
import sys


def kinds_of(path):
    """All (target, op, form, type, tag) of a kernel set that names its targets' types; "" where a rule has no form or tag."""
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    kinds = set()
    for target, types in document["dtype"].items():
        for rule in document["kernels"]:
            own = [dtype for dtype in rule.get("dtype", types) if dtype in types]
            kinds.update(itertools.product([target], rule["op"], rule.get("form", [""]), own, [rule.get("tag", "")]))
    return kinds


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    whole, selection = map(kinds_of, arguments)
    missing = sorted(whole - selection)
    for kind in missing:
        print(f"{arguments[1]}: no kernel for {' '.join(filter(None, kind))}, expected one of any epilogue")
    print(f"gpu selection: {len(whole)} kinds of kernels, {len(missing)} missing")
    return 1 if missing or not whole else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
