// SPDX-License-Identifier: MIT
// PyTorch as a competitor: with_torch.py runs the benchmark in its own process and hands over these functions, so that
// PyTorch works on the same operands and stream, in turns with the others.
#pragma once

#include "tools/gpu_check/operands.h"

namespace normforge::gpu_check {

extern "C" {
/// Functions of with_torch.py; each returns 0 on success, and else why_not() says why. `id` is chosen by the caller.
struct TorchCalls {
    const char *version;
    int (*make)(int id, const char *json); ///< prepares a problem: see to_json() in torch_peer.cpp
    int (*run)(int id);
    uint64_t (*output)(int id, const char *name); ///< the address of an operand that run() wrote, 0 if there is none
    int (*release)(int id);
    void (*why_not)(char *text, size_t size);
};
}

/// PyTorch's choice of kernels, or its own where cuDNN is switched off.
struct TorchWay {
    bool cudnn;
    const char *name;
};
inline constexpr TorchWay kTorchWays[] = {{true, "torch"}, {false, "torch without cudnn"}};

/// Throws NotOffered with what PyTorch said.
std::unique_ptr<Competitor> make_torch(const Operands &operands, const TorchCalls &calls, const TorchWay &way);

} // namespace normforge::gpu_check
