// SPDX-License-Identifier: MIT
// What lies where in the caller's workspace. First what one step leaves for another, then the scratch of a single call of a
// kernel, which all calls share.
#pragma once

#include "runtime/compose.h"
#include "runtime/pieces.h"
#include <cstddef>

namespace normforge {

/// Channels of a row of PARTIAL: kernels that have some take channels in whole steps.
int64_t padded_channels(int64_t channels, const nf_kernel &kernel);

/// Bytes as the workspace hands them out: a multiple of NF_WORKSPACE_ALIGNMENT.
size_t aligned_bytes(size_t bytes);

/// What steps leave for each other: byte offsets, kNone where nothing is left.
struct SharedWorkspace {
    static constexpr size_t kNone = static_cast<size_t>(-1);

    size_t parts = kNone;                ///< TriplePlace::parts: f64[range of channels][part][3][channel of the range]
    size_t total = kNone;                ///< TriplePlace::total: f64[3][c]
    size_t mean = kNone, invstd = kNone; ///< of forward_train in parts, where the caller does not want them: [c]
    size_t size = 0;
};

/// Refuses with NF_OVERFLOW what does not fit in 63 bits.
Status share_workspace(const CheckedProblem &problem, const std::vector<Step> &steps, const Grid &grid,
                       SharedWorkspace &workspace);

} // namespace normforge
