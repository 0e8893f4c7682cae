#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares this library with the MXNet, ONNX and PyTorch that are installed, instead of with the recordings in data/.

Records with each package that one of the given Pythons can import, into a temporary directory, and runs the conformance test
on it. Exit status: 0 all agree; 1 a recording differs or could not be made; 2 wrong usage; 77 nothing is installed.
"""
import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TEST = HERE.parent.parent / "build/release/tests/test_conformance_conformance"
NOTHING_INSTALLED = 77

# Module, name, and for each recording its file and the script that makes it.
PACKAGES = (
    ("mxnet", "mxnet", {"mxnet_v1.json": ("mxnet_operators.py", "v1"), "mxnet_v2.json": ("mxnet_operators.py", "v2")}),
    ("onnx", "onnx", {"onnx.json": ("onnx_node_tests.py",)}),
    ("torch", "pytorch", {"pytorch.json": ("pytorch_functions.py",)}),
)


def find_python(pythons, module):
    """The first Python that can import a module, or None and why each could not."""
    reasons = []
    for python in pythons:
        done = subprocess.run([python, "-c", f"import {module}, numpy"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return python, reasons
        reasons.append(f"{python}: {(done.stderr.strip() or f'status {done.returncode}').splitlines()[-1]}")
    return None, reasons


def record(python, arguments, path):
    """Whether the recording was made."""
    script, *rest = arguments
    command = [python, str(HERE / "record" / script), *rest, "--out", str(path)]
    done = subprocess.run(command, check=False)
    if done.returncode:
        print(f"failed with status {done.returncode}: {' '.join(command)}")
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", metavar="PYTHON", nargs="*", default=[sys.executable],
                        help="where to look for the packages (default: the Python that runs this)")
    parser.add_argument("--test", type=Path, default=TEST, help="the conformance test (default: %(default)s)")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # what the children print comes in between
    if not os.access(options.test, os.X_OK):
        parser.error(f"{options.test} is not there: cmake --build --preset release --target {TEST.name}, or --test FILE")

    with tempfile.TemporaryDirectory() as directory:
        made, failed = 0, 0
        for module, name, recordings in PACKAGES:
            python, reasons = find_python(options.pythons, module)
            if python is None:
                print(f"{name} is not compared:", *reasons, sep="\n  ")
                print(f"  to install it: pip install -r {HERE}/record/requirements-{name}.txt")
                continue
            for file, arguments in recordings.items():
                if record(python, arguments, Path(directory, file)):
                    made += 1
                else:
                    failed += 1
                    print(f"  versions that are known to work: {HERE}/record/requirements-{name}.txt")
        if made + failed == 0:
            print("none of the packages is installed: nothing was compared")
            return NOTHING_INSTALLED
        agree = made > 0 and subprocess.run([str(options.test)], check=False,
                                            env={**os.environ, "NORMFORGE_CONFORMANCE_DATA": directory}).returncode == 0
        return 0 if agree and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
