// SPDX-License-Identifier: MIT
// Triples of parts of a channel, merged in the order given: what merge and backward_merge compute. They see no tensor:
// `triples` is float64 (c, 3, part).
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/saved_statistics.h"
#include "generators/algorithm/triple.h"

#include <Halide.h>

#include <vector>

namespace normforge {

/// A computation per channel alone.
struct ChannelPipeline {
    Halide::Var c{"c"};
    std::vector<Halide::Func> values; ///< never stored beyond the loop over channels, in order of computation
    std::vector<Halide::Func> outputs;
};

/// Triples of stats: (count, mean, M2). `merged` are the outputs merged_0 to merged_2.
ChannelPipeline merge_statistics(const Halide::ImageParam &triples, Halide::Type statistic, const Halide::Expr &eps,
                                 const RunningUpdate &update, SavedStatistics &saved, Triple &merged);

struct ParameterGradients {
    Halide::Func dgamma, dbeta;
};

struct AddedGradients {
    Halide::Expr add_dgamma, add_dbeta; ///< 1: added to what is there
};

/// Triples of backward_reduce: (count, sum(dz), sum(dz * (x - mean))). Of the
/// given statistics only the deviation is used.
ChannelPipeline merge_gradients(const Halide::ImageParam &triples, Halide::Type parameter, const GivenStatistics &given,
                                const Halide::Expr &eps, const AddedGradients &added, ParameterGradients &gradients,
                                Triple &merged);

} // namespace normforge
