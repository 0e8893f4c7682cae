// SPDX-License-Identifier: MIT
// Backward batch normalisation: through the batch statistics (train) or with constant ones (frozen).
#pragma once

#include "generators/algorithm/epilogue.h"
#include "generators/algorithm/pipeline.h"

namespace normforge {

/// Inputs of backward. Per-channel arrays have the dimensions of Canonical::channel.
struct BackwardInputs {
    Halide::ImageParam x, dy;
    Halide::Func gamma, beta;
    Halide::Func mean;
    Halide::Func invstd;   ///< train: as saved by forward
    Halide::Func variance; ///< frozen: the running variance
    Halide::Expr eps;      ///< frozen, float64
    Halide::Expr plane;    ///< small_planes
    Halide::Expr chunks;   ///< last
    Epilogue epilogue;
};

/// Outputs of backward; undefined Funcs do not exist in the op or form.
struct BackwardOutputs {
    Halide::Func dx, dgamma, dbeta;
    Halide::Func invstd;                   ///< frozen: scratch
    Halide::Func scale, mean_dz, slope_dz; ///< last: scratch
    Halide::Func partial;                  ///< last: Tuple of scratch
};

Pipeline backward_train(Form form, const BackwardInputs &in, BackwardOutputs &outputs);
Pipeline backward_frozen(Form form, const BackwardInputs &in, BackwardOutputs &outputs);

} // namespace normforge
