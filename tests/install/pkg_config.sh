#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs the outside project's C program with what pkg-config says about an installed normforge.
# Usage: pkg_config.sh CC PREFIX SCRATCH_DIRECTORY
set -eu
cc=$1 prefix=$2 scratch=$3
source=$(dirname "$0")/project/main.c

module=$(find "$prefix" -name normforge.pc)
if [ -z "$module" ]; then
    echo "pkg_config.sh: no normforge.pc under $prefix" >&2
    exit 1
fi
PKG_CONFIG_PATH=$(dirname "$module")
export PKG_CONFIG_PATH
mkdir -p "$scratch"

# Flags of pkg-config are meant to be split into words.
"$cc" -std=c99 -Wall -Wextra -Wpedantic -Werror $(pkg-config --cflags normforge) "$source" -o "$scratch/user" \
    $(pkg-config --libs normforge)
LD_LIBRARY_PATH=$(pkg-config --variable=libdir normforge) "$scratch/user"
