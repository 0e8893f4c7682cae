// SPDX-License-Identifier: MIT
// The library that with_torch.py loads: the benchmark with PyTorch.
#include "tools/gpu_check/bench.h"

extern "C" __attribute__((visibility("default"))) int nf_gpu_bench(int count, const char *const *arguments,
                                                                   const normforge::gpu_check::TorchCalls *torch) {
    return normforge::gpu_check::bench({arguments, arguments + count}, torch);
}
