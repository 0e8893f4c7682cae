// SPDX-License-Identifier: MIT
// sum(dz) and sum(dz * (x - mean)) of each channel in one read of x and dy: f32 in a tile, f64 between tiles.
#pragma once

#include "generators/algorithm/pipeline.h"

#include <functional>

namespace normforge {

/// Positions of the two sums in the Tuples `Reduction::channel` and `Reduction::partial`.
constexpr int kSumDz = 0;
constexpr int kSumDzX = 1;

/// Values at an element, given the indices of the tensor.
struct GradientTerms {
    Halide::Func dz;         ///< gradient by the pre-activation
    Halide::Func dz_centred; ///< dz * (x - mean)
};

/// Sums of the terms; `chunks`: number of chunks (last), else undefined.
Reduction gradient_sums(const Canonical &canonical, const GradientTerms &terms, const Halide::Expr &chunks);

} // namespace normforge
