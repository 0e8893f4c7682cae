// SPDX-License-Identifier: MIT
// The GPU benchmark, with or without PyTorch in the same process.
#pragma once

#include "tools/gpu_check/torch_peer.h"

namespace normforge::gpu_check {

/// Exit statuses, of tools/gpu_check.sh as well.
enum ExitStatus {
    kDone = 0,
    kFailed = 1, ///< something failed, or a peer's values differ from ours
    kUsage = 2,
    kNoDevice = 3,
};

/// Runs the command line; `torch` may be null. Prints what it found, and errors on standard error.
int bench(const std::vector<std::string> &arguments, const TorchCalls *torch);

} // namespace normforge::gpu_check
