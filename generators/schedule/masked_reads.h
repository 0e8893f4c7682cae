// SPDX-License-Identifier: MIT
// Reads of channels past the last one: the algorithm clamps their index (Canonical::channel_in_range), which alone would
// make a gather of every vector in the last step of channels.
#pragma once

#include <Halide.h>

namespace normforge {

/// When the pipeline is lowered, a vector read at min(first, first + 1, ... | last) becomes a masked dense one. Lanes past
/// `last` are then 0 instead of the last element: nothing may use them.
void mask_clamped_reads(Halide::Pipeline pipeline);

} // namespace normforge
