// SPDX-License-Identifier: MIT
// Forward batch normalisation, with batch statistics (train) or given ones (inference).
#pragma once

#include "generators/algorithm/epilogue.h"
#include "generators/algorithm/pipeline.h"

namespace normforge {

/// Inputs of forward. Per-channel arrays have the dimensions of Canonical::channel.
struct ForwardInputs {
    Halide::ImageParam x;
    Halide::Func gamma, beta;
    Halide::Expr eps;   ///< float64
    Halide::Expr plane; ///< small_planes
    Epilogue epilogue;
    // train
    Halide::Expr momentum; ///< float64, weight of the old running value
    Halide::Expr chunks;   ///< last
    // inference
    Halide::Func mean, variance;
};

/// Outputs of forward; undefined Funcs do not exist in the op or form.
struct ForwardOutputs {
    Halide::Func y;
    Halide::Func mean, variance, invstd;         ///< saved statistics (train); invstd also in inference
    Halide::Func running_mean, running_variance; ///< updated in place (train)
    Halide::Func scale;                          ///< gamma * invstd (last): scratch
    Halide::Func partial;                        ///< Tuple of scratch (last, train)
};

/// Defines the op; `outputs` receives what the kernel writes.
Pipeline forward_train(Form form, const ForwardInputs &in, ForwardOutputs &outputs);
Pipeline forward_inference(Form form, const ForwardInputs &in, ForwardOutputs &outputs);

} // namespace normforge
