#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# On a machine with an NVIDIA GPU, from a build folder carried there: runs the GPU kernels against the float64 reference, then times
# them against a device-to-device copy of the same bytes. Needs the driver and nothing else.
#   bash tools/gpu_check.sh [RECORD.json]      on the machine with the GPU; the default is gpu.json
#   bash tools/gpu_check.sh --pack FILE.tar.gz where it was built: what has to be carried (unpack it and run it there)
set -euo pipefail
cd "$(dirname "$0")/.."
programs=(build/release/tests/test_cuda_reference build/release/tests/normforge-gpu-bench)
set=gpu_ptx
library=build/release/kernels/$set/lib/lib$set.so
for file in "${programs[@]}" "$library"; do
  [[ -e $file ]] || { echo "gpu_check: $file is not there: build the release preset where ptxas is found" >&2; exit 2; }
done

if [[ ${1:-} == --pack ]]; then
  [[ $# == 2 ]] || { echo "gpu_check: --pack takes the file to write" >&2; exit 2; }
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  mkdir -p "$stage/tools" "$stage/build/release/tests" "$stage/$(dirname "$library")" "$stage/benchmarks"
  cp tools/gpu_check.sh "$stage/tools"
  cp -r benchmarks/shapes "$stage/benchmarks"
  for program in "${programs[@]}"; do strip -o "$stage/$program" "$program"; done
  cp "$library" "$stage/$library"
  tar -C "$stage" -czf "$2" .
  du -h "$2"
  exit
fi

record=${1:-gpu.json}
status=0
NORMFORGE_TEST_SHAPES=benchmarks/shapes NORMFORGE_TEST_SHARE=${NORMFORGE_TEST_SHARE:-4} build/release/tests/test_cuda_reference || status=1
problems=()
for dtype in f32 bf16; do
  for layout in nchw:256x64x112x112 nchw:256x256x56x56 nchw:256x512x28x28 nchw:256x1024x14x14 nchw:256x2048x7x7 \
    nhwc:256x112x112x64 nhwc:256x56x56x256 nhwc:256x28x28x512 nhwc:256x14x14x1024 nhwc:256x7x7x2048 nchw:1x64x112x112; do
    problems+=("forward_train:$dtype:$layout:add_relu" "backward_train:$dtype:$layout:relu")
  done
done
build/release/tests/normforge-gpu-bench "$library" "$record" "${problems[@]}"
echo "gpu_check: wrote $record"
exit $status
