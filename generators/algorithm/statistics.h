// SPDX-License-Identifier: MIT
// Mean and variance of each channel in one read of memory.
//   tile      d = x - x0, x0 an element of the tile; mean = x0 + sum(d) / k; M2 = sum((d - sum(d) / k)^2), in f32
//   channel   Chan, Golub, LeVeque (1979), eq. 2.1, in float64: with delta = mean_b - mean_a,
//             mean = mean_a + delta * k_b / (k_a + k_b), M2 = M2_a + M2_b + delta^2 * k_a * k_b / (k_a + k_b)
#pragma once

#include "generators/algorithm/element_type.h"
#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"
#include "generators/algorithm/triple.h"

namespace normforge {

/// Positions of the two values in the Tuples `Reduction::channel` and `Reduction::partial`. M2 comes first because Halide 19
/// under strict_float stores element 0 of a Tuple before it evaluates element 1, and M2's update reads the old mean.
constexpr int kM2 = 0;
constexpr int kMean = 1;

/// Count, mean and M2 of one part of a channel, float64.
struct Moments {
    Halide::Expr count, mean, m2;
};

/// Merges part b into the (M2, mean) `a` of `have` elements.
Halide::Tuple merge_moments(const Halide::Tuple &a, const Halide::Expr &have, const Moments &b);

/// Statistics of x; Reduction::channel is the Tuple (M2, mean). `chunks`: number of chunks (last), else undefined.
Reduction statistics(const Canonical &canonical, const Tensor &x, const Halide::Expr &chunks);

struct StatsOutputs {
    Triple triple;
    Halide::Func partial; ///< Tuple of scratch (last)
};

/// The op stats: the triple (count, mean, M2) of each channel.
Pipeline stats(const OpInputs &in, StatsOutputs &outputs);

} // namespace normforge
