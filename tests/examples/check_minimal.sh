#!/bin/sh
# SPDX-License-Identifier: MIT
# check_minimal.sh PROGRAM: a minimal example must print the values worked out by hand.
# Channel 0 holds 1 to 6 (mean 3.5, variance 35/12), channel 1 ten times that; negative results become 0.
set -eu
expected='0.0000 0.0000 0.0000
0.0000 0.0000 0.0000
0.2928 0.8783 1.4638
0.2928 0.8783 1.4639'

found=$("$1")
if [ "$found" != "$expected" ]; then
    printf 'found:\n%s\nexpected:\n%s\n' "$found" "$expected"
    exit 1
fi
