// SPDX-License-Identifier: MIT
// sum(dz) and sum(dz * (x - mean)) of each channel in one read of x and dy: f32 in a tile, f64 between tiles.
#pragma once

#include "generators/algorithm/pipeline.h"

namespace normforge {

/// Positions of the two sums in Tuples.
constexpr int kSumDz = 0;
constexpr int kSumDzX = 1;

/// Sums of `terms`, a Tuple (dz, dz * (x - mean)) over the indices of the tensor; `chunks`: number of chunks (last), else
/// undefined.
Reduction gradient_sums(const Canonical &canonical, const Halide::Func &terms, const Halide::Expr &chunks);

} // namespace normforge
