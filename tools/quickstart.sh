#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From nothing to a network trained with generated kernels: set up, build, compile a kernel set for this machine, verify it,
# train on Fashion-MNIST, compare with a plain copy and with oneDNN on the shapes of ResNet-50.
set -euo pipefail
cd "$(dirname "$0")/.."

bash tools/bootstrap.sh
PATH=$PWD/.venv/bin:$PATH
cmake --preset release -DNF_BUILD_TESTS=OFF
cmake --build --preset release

bin=build/release/bin
echo "== normforge gen: the default kernel set for this machine, in kernels/"
"$bin/normforge" gen --set generators/kernel_sets/default.json --target native --out kernels
echo "== normforge verify: that set against the float64 reference, on edge cases and on every op, form, epilogue and mode"
grep -v ':f64:' benchmarks/shapes/operator_matrix.txt | # which processors with AVX-512 take from the set for AVX2
  "$bin/normforge" verify --kernels kernels --shapes - --shapes benchmarks/shapes/edge_cases.txt
echo "== Fashion-MNIST: every batch normalisation by normforge"
"$bin/fashion_mnist"
echo "== normforge bench: ResNet-50, f32, N = 32"
"$bin/normforge" bench --kernels kernels --shapes benchmarks/shapes/resnet50_quick.txt
