#!/bin/sh
# SPDX-License-Identifier: MIT
# examples/resnet50 from outside normforge's tree: a library for a whole model, under 1.5 MB for one machine, and a program that
# runs the kernel of its layer's shape.
# Usage: resnet50.sh CMAKE NINJA PREFIX EXAMPLE MODEL SCRATCH
set -eu
cmake=$1 ninja=$2 prefix=$3 example=$4 model=$5 scratch=$6
rm -rf "$scratch"
mkdir -p "$scratch"

fail() {
    echo "resnet50.sh: $1" >&2
    exit 1
}
"$cmake" -S "$example" -B "$scratch/build" -G Ninja -DCMAKE_MAKE_PROGRAM="$ninja" -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON -DCMAKE_BUILD_TYPE=Release -DMODEL="$model" >"$scratch/configured" 2>&1 ||
    { cat "$scratch/configured"; fail "cannot configure"; }
"$cmake" --build "$scratch/build" >"$scratch/built" 2>&1 || { cat "$scratch/built"; fail "cannot build"; }
grep "kernel set resnet50" "$scratch/built"

kernels=$scratch/build/normforge_kernels/resnet50
for library in "$kernels/lib/libresnet50.a" "$kernels/lib/libresnet50.so"; do
    bytes=$(wc -c <"$library")
    echo "$(basename "$library"): $bytes bytes"
    [ "$bytes" -lt 1500000 ] || fail "$library has $bytes bytes, expected less than 1500000"
done
"$scratch/build/resnet50" >"$scratch/said"
cat "$scratch/said"
grep -q "ran nf_forward_train_f32_inner_relu_.*_planes_n32_c512_s49; mean of y: 0\.[34]" "$scratch/said" ||
    fail "expected the kernel for 32x512x7x7, and the mean of relu(x) for normalised x, about 0.4"
