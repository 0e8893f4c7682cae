#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Sets up, builds everything and runs all tests; ends with CTest's summary.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/bootstrap.sh
PATH=$PWD/.venv/bin:$PATH
cmake --preset release
cmake --build --preset release
ctest --preset release --no-tests=error
