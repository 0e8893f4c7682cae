// SPDX-License-Identifier: MIT
// cuDNN's batch normalisation as a competitor, in each of the ways that apply to a problem.
#pragma once

#include "tools/gpu_check/operands.h"

#include <functional>

namespace normforge::gpu_check {

/// How cuDNN is asked.
struct CudnnWay {
    bool persistent; ///< CUDNN_BATCHNORM_SPATIAL_PERSISTENT, else ..._SPATIAL
    bool fused;      ///< the epilogue is part of the call; else calls of its own follow, or go before in backward
    const char *name;
};

/// All ways; without an epilogue the fused ones are none.
inline constexpr CudnnWay kCudnnWays[] = {
    {false, true, "cudnn fused"},
    {true, true, "cudnn fused persistent"},
    {false, false, "cudnn"},
    {true, false, "cudnn persistent"},
};

/// Throws NotOffered with what cuDNN said.
std::unique_ptr<Competitor> make_cudnn(const Operands &operands, const CudnnWay &way);

} // namespace normforge::gpu_check
