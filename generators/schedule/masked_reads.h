// SPDX-License-Identifier: MIT
// Reads past the end: the algorithm clamps their index (Canonical::channel_in_range, the tail of lane_sum), which alone
// would make a gather of every vector in the last step.
#pragma once

#include <Halide.h>

namespace normforge {

/// When the pipeline is lowered, a vector read at min(first, first + 1, ... | last) becomes a masked dense one. Lanes past
/// `last` are then 0 instead of the last element: nothing may use them.
void mask_clamped_reads(Halide::Pipeline pipeline);

} // namespace normforge
