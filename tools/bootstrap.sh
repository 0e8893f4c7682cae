#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs what normforge is built with on Debian 12: system packages and a Python environment in .venv
# (Halide's C++ SDK, CMake and Ninja come as wheels). Safe to run again: it installs only what is missing.
#   --peers   also PyTorch, for `normforge bench --peers torch`: 550 MB to download, 1.2 GB on disk
set -euo pipefail
requirements=(tools/requirements.txt)
for argument in "$@"; do
  case $argument in
    --peers) requirements+=(tools/requirements-peers.txt) ;;
    *) echo "bootstrap: '$argument' is not an option, expected --peers" >&2 && exit 2 ;;
  esac
done
cd "$(dirname "$0")/.."

packages=(
  g++ git pkg-config python3-venv                                      # host compiler, environment
  llvm-19-dev clang-format-19 clang-tidy-19                            # emitter back end (same LLVM as Halide 19), style
  catch2 libcli11-dev libfmt-dev nlohmann-json3-dev libhwloc-dev       # tests and command line
  libonnx-dev libprotobuf-dev                                          # ONNX models for the command line
  python3-jsonschema                                                   # test of exported results
  libopenblas-dev zlib1g-dev dataset-fashion-mnist                     # the Fashion-MNIST example
  g++-aarch64-linux-gnu qemu-user-static                               # the arm64 build and its tests
  pocl-opencl-icd ocl-icd-libopencl1                                   # OpenCL on the CPU, for tests of GPU kernels: 180 MB
  bash-completion fish man-db zsh                                      # tests of completion and the manual page: 43 MB
  chromium                                                             # tests look at pages of `normforge report`
)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "bootstrap: installing Debian packages: ${missing[*]}"
  sudo=()
  if ((EUID != 0)); then sudo=(sudo); fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "bootstrap: Debian packages are present"
fi

if [[ ! -x .venv/bin/python ]]; then
  echo "bootstrap: creating .venv"
  /usr/bin/python3 -m venv .venv
fi
wanted=$(grep -hv '^#' "${requirements[@]}" | sort)
if .venv/bin/pip --disable-pip-version-check freeze | sort >.venv/installed.txt &&
  [[ -z $(comm -23 <(echo "$wanted") .venv/installed.txt) ]]; then
  echo "bootstrap: Python packages are present"
else
  echo "bootstrap: installing Python packages: ${wanted//$'\n'/ }"
  .venv/bin/pip install --quiet --disable-pip-version-check --no-deps "${requirements[@]/#/--requirement=}"
fi
