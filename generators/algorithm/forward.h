// SPDX-License-Identifier: MIT
// Forward batch normalisation, with batch statistics (train) or given ones (inference).
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"

namespace normforge {

struct ForwardInputs : OpInputs {
    explicit ForwardInputs(OpInputs inputs) : OpInputs(std::move(inputs)) {}

    Halide::Expr momentum;       ///< train: float64, weight of the old running value
    Halide::Func mean, variance; ///< inference: the running statistics
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
Pipeline forward_train(const ForwardInputs &in, ForwardOutputs &outputs);
Pipeline forward_inference(const ForwardInputs &in, ForwardOutputs &outputs);

} // namespace normforge
