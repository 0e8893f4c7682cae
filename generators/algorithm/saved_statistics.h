// SPDX-License-Identifier: MIT
// What forward_train and merge write per channel once the moments are known: saved and running statistics.
#pragma once

#include <Halide.h>

#include <vector>

namespace normforge {

/// Scalars of the update. running = momentum * running + (1 - momentum) * batch, in float64; the variance averaged is the
/// biased one or, if `unbiased` is 1 and the channel has more than one element, M2 / (count - 1).
struct RunningUpdate {
    Halide::Expr momentum; ///< float64, weight of the old value
    Halide::Expr unbiased;
};

struct SavedStatistics {
    Halide::Func mean, variance, invstd;         ///< rounded once from float64
    Halide::Func running_mean, running_variance; ///< updated in place
    /// float64 variance, then the values of mean and invstd for use by elements: never stored beyond the loop over channels.
    Halide::Func variance64, batch_mean, batch_invstd;

    std::vector<Halide::Func> values() const { return {variance64, batch_mean, batch_invstd}; }
    std::vector<Halide::Func> outputs() const { return {mean, variance, invstd, running_mean, running_variance}; }
};

/// From a channel's moments: float64 Exprs over the indices `channel`. A count of 0 gives mean and variance 0 and leaves the
/// running statistics as they are.
SavedStatistics saved_statistics(const std::vector<Halide::Var> &channel, const Halide::Expr &count,
                                 const Halide::Func &moments, Halide::Type type, const Halide::Expr &eps,
                                 const RunningUpdate &update);

} // namespace normforge
