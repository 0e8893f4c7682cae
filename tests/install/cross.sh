#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds examples/cross as its Makefile says, from an installed package and a kernel set made on this machine, and runs it.
# Usage: cross.sh NORMFORGE PREFIX SCRATCH_DIRECTORY EXAMPLE EMULATOR...
set -eu
normforge=$1 prefix=$2 scratch=$3 example=$4
shift 4

rm -rf "$scratch"
cp -r "$example" "$scratch"
"$normforge" gen --set "$scratch/board.json" --target arm-64 --out "$scratch/kernels"
make -C "$scratch" NORMFORGE="$prefix" KERNELS="$scratch/kernels"
said=$("$@" "$scratch/program")
echo "$said"
case $said in
*" by nf_forward_train_f32_last_relu_cached_arm_64") ;;
*) echo "cross.sh: expected the kernel of the set" >&2 && exit 1 ;;
esac
