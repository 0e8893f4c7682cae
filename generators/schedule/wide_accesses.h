// SPDX-License-Identifier: MIT
// Accesses of 16 bytes, the widest of CUDA. Halide 19 makes them of four elements of 32 bits alone, and of all else ones
// of 8.
#pragma once

#include <Halide.h>

namespace normforge {

/// When the pipeline is lowered, dense vectors in tensors and per-channel arrays of the caller's whose index is a multiple
/// of 16 bytes are loaded and stored as numbers of 128 bits. The runtime sees to it that these arrays begin at such
/// multiples.
void widen_accesses(Halide::Pipeline pipeline);

} // namespace normforge
