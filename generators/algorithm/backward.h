// SPDX-License-Identifier: MIT
// Backward batch normalisation: through the batch statistics (train) or with constant ones (frozen).
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"

namespace normforge {

struct BackwardInputs : OpInputs {
    BackwardInputs(OpInputs inputs, Tensor gradient) : OpInputs(std::move(inputs)), dy(std::move(gradient)) {}

    Tensor dy;
    Halide::Func mean;
    Halide::Func invstd;   ///< train: as saved by forward
    Halide::Func variance; ///< frozen: the running variance
};

/// Outputs of backward; undefined Funcs do not exist in the op or form.
struct BackwardOutputs {
    Halide::Func dx, dgamma, dbeta;
    Halide::Func invstd;                   ///< frozen: scratch
    Halide::Func scale, mean_dz, slope_dz; ///< last: scratch
    Halide::Func partial;                  ///< last: Tuple of scratch
};

Pipeline backward_train(const BackwardInputs &in, BackwardOutputs &outputs);
Pipeline backward_frozen(const BackwardInputs &in, BackwardOutputs &outputs);

} // namespace normforge
