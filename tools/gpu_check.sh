#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# On a machine with an NVIDIA GPU, from a build folder carried there: runs the GPU tests against the float64 reference, then times
# the kernels against a device-to-device copy of the same bytes, cuDNN and PyTorch. Needs the driver; cuDNN and PyTorch are taken
# where they are, and what is not there is said.
#   bash tools/gpu_check.sh [RECORD.json [SHAPES]]  on the machine with the GPU; the defaults are gpu.json and ResNet-50's layers
#   bash tools/gpu_check.sh --pack FILE.tar.gz      where it was built: what has to be carried (unpack it and run it there)
# GPU_CHECK_SECONDS=N begins no further case after N seconds; GPU_CHECK=tests or =benchmark runs only those.
# Exit status: 0 all is well; 1 a test or the benchmark failed, or a peer computed something else; 2 wrong use, or something is
# not built; 3 there is no GPU.
set -euo pipefail
cd "$(dirname "$0")/.."
bench=build/release/tests/normforge-gpu-bench
library=build/release/kernels/gpu_bench/lib/libgpu_bench.so
most_bytes=$((64 << 20)) # of the packed file
shopt -s nullglob
tests=(build/release/tests/test_cuda_*)

fail() {
  echo "gpu_check: $2" >&2
  exit "$1"
}
for file in "$bench" "$bench.so" "$library"; do
  [[ -e $file ]] || fail 2 "$file is not there: cmake --build --preset release --target gpu_check"
done
((${#tests[@]})) || fail 2 "build/release/tests/test_cuda_* are not there: build the release preset"

if [[ ${1:-} == --pack ]]; then
  [[ $# == 2 ]] || fail 2 "--pack takes the file to write"
  stage=$(mktemp -d)
  trap 'rm -rf "$stage"' EXIT
  mkdir -p "$stage/tools/gpu_check" "$stage/build/release/tests" "$stage/$(dirname "$library")" "$stage/benchmarks"
  cp tools/gpu_check.sh "$stage/tools"
  cp tools/gpu_check/with_torch.py "$stage/tools/gpu_check"
  cp -r benchmarks/shapes "$stage/benchmarks"
  for program in "${tests[@]}" "$bench" "$bench.so"; do strip -o "$stage/$program" "$program"; done
  cp "$library" "$stage/$library"
  tar -C "$stage" -czf "$stage.tar.gz" .
  bytes=$(stat -c %s "$stage.tar.gz")
  ((bytes <= most_bytes)) || { rm "$stage.tar.gz"; fail 1 "the packed file has $bytes bytes, at most $most_bytes can be carried"; }
  mv "$stage.tar.gz" "$2"
  echo "gpu_check: wrote $2, $bytes bytes"
  exit
fi

[[ $# -le 2 && ${1:-} != -* ]] || fail 2 "expected [RECORD.json [SHAPES]] or --pack FILE.tar.gz"
parts=${GPU_CHECK:-all}
[[ $parts == all || $parts == tests || $parts == benchmark ]] || fail 2 "GPU_CHECK is '$parts', expected tests or benchmark"
record=${1:-gpu.json}
shapes=${2:-benchmarks/shapes/resnet50_gpu.txt}
"$bench" --device

status=0
if [[ $parts != benchmark ]]; then
  for test in "${tests[@]}"; do
    NORMFORGE_TEST_SHAPES=benchmarks/shapes NORMFORGE_TEST_SHARE=${NORMFORGE_TEST_SHARE:-4} "$test" || status=1
  done
fi
[[ $parts != tests ]] || exit $status

# Where Python's packages have cuDNN, PyTorch uses that one, and so must we: libraries of two versions do not go together. The
# system's is found without help.
packaged=$(python3 -c 'import nvidia.cudnn
print(next(iter(nvidia.cudnn.__path__)) + "/lib")' 2>/dev/null || true)
[[ -z $packaged ]] || export LD_LIBRARY_PATH=$packaged${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
arguments=("$library" "$record" "$shapes" ${GPU_CHECK_SECONDS:+"$GPU_CHECK_SECONDS"})
if python3 tools/gpu_check/with_torch.py --probe; then
  python3 tools/gpu_check/with_torch.py "$bench.so" "${arguments[@]}" || status=1
else
  echo "gpu_check: no PyTorch among the peers"
  "$bench" "${arguments[@]}" || status=1
fi
exit $status
