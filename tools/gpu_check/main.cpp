// SPDX-License-Identifier: MIT
// The program: the benchmark without PyTorch.
#include "tools/gpu_check/bench.h"

int main(int argc, char **argv) {
    return normforge::gpu_check::bench({argv, argv + argc}, nullptr);
}
