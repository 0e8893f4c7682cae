// SPDX-License-Identifier: MIT
// What lies where in the caller's workspace: one place decides, the plan asks.
#pragma once

#include "runtime/dispatch.h"
#include <array>
#include <cstddef>

namespace normforge {

/// Chunks of rows that the last form reduces apart from each other, one row of a PARTIAL each. Depends on the shape alone:
/// it is part of the order of summation (NF_TILE_ROWS in kernel_table.h).
int64_t chunks_of(int64_t rows);

/// Whether a kernel takes PARTIAL arguments, and so says a channel step.
bool has_partial_results(const nf_kernel &kernel);

/// Channels of a row of PARTIAL: kernels that have some take channels in whole steps.
int64_t padded_channels(int64_t channels, const nf_kernel &kernel);

/// Byte offsets of the pieces, each a multiple of NF_WORKSPACE_ALIGNMENT.
struct WorkspaceLayout {
    static constexpr size_t kNone = static_cast<size_t>(-1);

    std::array<size_t, NF_ROLE_COUNT> offsets; ///< by role; kNone if the role needs no piece
    size_t size = 0;
};

/// Pieces for every role of the chosen kernels that no operand plays for certain: scratch, partial results, optional
/// outputs. Absent gamma and beta are not here, the plan holds constants for them.
WorkspaceLayout lay_out_workspace(const CheckedProblem &problem, const Choice &choice);

} // namespace normforge
