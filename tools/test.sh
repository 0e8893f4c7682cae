#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets up, builds everything and runs all tests; ends with CTest's summary.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/bootstrap.sh
PATH=$PWD/.venv/bin:$PATH
cmake --preset release
cmake --build --preset release
cmake --preset arm64
cmake --build --preset arm64
build/release/tests/test_conformance_conformance # for the numbers it prints: cases and largest errors, by implementation
ctest --preset release --no-tests=error
