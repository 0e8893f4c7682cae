// SPDX-License-Identifier: MIT
// Backward batch normalisation, whole and in phases: through the batch statistics (train) or with constant ones (frozen).
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"
#include "generators/algorithm/triple.h"

namespace normforge {

struct BackwardInputs : OpInputs {
    BackwardInputs(OpInputs inputs, Tensor gradient) : OpInputs(std::move(inputs)), dy(std::move(gradient)) {}

    Tensor dy;
    std::optional<Tensor> y = {};      ///< where the derivative is taken at forward's output
    std::optional<Tensor> addend = {}; ///< what dx or dresidual is added to
    Halide::Func mean = {};
    Halide::Func invstd = {};                     ///< as saved by forward, or from GivenStatistics
    Halide::Expr add_dgamma = {}, add_dbeta = {}; ///< 1: the gradient is added to what is there
};

/// Outputs of backward; undefined Funcs do not exist in the op or form.
struct BackwardOutputs {
    Halide::Func dx, dgamma, dbeta, dresidual;
    Triple triple;                         ///< backward_reduce
    Halide::Func scale, mean_dz, slope_dz; ///< last: scratch
    Halide::Func partial;                  ///< last: Tuple of scratch
};

/// Each continues `p`, in which invstd may already be prepared.
void backward_train(Pipeline &p, const BackwardInputs &in, BackwardOutputs &outputs);
void backward_frozen(Pipeline &p, const BackwardInputs &in, BackwardOutputs &outputs);
void backward_reduce(Pipeline &p, const BackwardInputs &in, BackwardOutputs &outputs);
/// dx from a triple of the whole batch.
void backward_apply(Pipeline &p, const BackwardInputs &in, const Triple &triple, BackwardOutputs &outputs);
/// dx with constant statistics.
void backward_apply_frozen(Pipeline &p, const BackwardInputs &in, BackwardOutputs &outputs);
void backward_residual(Pipeline &p, const BackwardInputs &in, BackwardOutputs &outputs);

} // namespace normforge
