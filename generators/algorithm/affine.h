// SPDX-License-Identifier: MIT
// Per-channel values and their use at the elements of a tensor: what forward and backward share.
#pragma once

#include "generators/algorithm/op_inputs.h"
#include "generators/algorithm/pipeline.h"

namespace normforge {

/// invstd = 1 / sqrt(variance + eps) in float64, and 0 where variance + eps is 0.
Halide::Expr inverse_deviation(const Halide::Expr &variance, const Halide::Expr &eps);

/// invstd of given statistics, in the type of statistics.
Halide::Expr invstd_of(const GivenStatistics &given, const std::vector<Halide::Var> &channel, const Halide::Expr &eps);

/// The same as a per-channel output, and what other values read instead of it.
Halide::Func invstd_of(Pipeline &pipeline, const GivenStatistics &given, const Halide::Expr &eps);

/// scale = gamma * invstd; on a GPU never stored, and so of the stored invstd if there is one
Halide::Func scale_of(const Pipeline &pipeline, const Halide::Func &gamma, const Halide::Func &invstd);

/// What is read at elements. Per-channel values: by channel index, or in small_planes through a copy repeated over each
/// plane of the run, so that the element loops run over the whole run without tails. Copies that are filled past the run
/// (Canonical) are added to `pipeline.expanded`.
class AtElements {
public:
    explicit AtElements(Pipeline &pipeline) : pipeline_(pipeline) {}

    /// Value of the per-channel `array`, at the element (inner, last) or at position j of the run (small_planes).
    Halide::Expr operator()(const Halide::Func &array);

    /// The element of a tensor. For the output of a GPU (last) it comes from a Func that can be computed before anything is
    /// stored, which joins `pipeline.loaded`: its rows stay in the tensor.
    Halide::Expr operator()(const Tensor &tensor);

    /// Whether the elements are terms of a channel's sum (small_planes on a GPU): then the channel is known, b.
    void sums(bool of_channels) { sums_ = of_channels; }

private:
    Pipeline &pipeline_;
    bool sums_ = false;
    std::map<std::string, Halide::Func> copies_;
};

/// The pre-activation (x - mean) * scale + beta [+ residual] with scale = gamma * invstd: one expression, so that backward
/// finds the same sign as forward. Not folded into x * a + b, which loses digits where |mean| is much larger than the
/// deviation.
Halide::Expr pre_activation(const OpInputs &in, AtElements &at, const Halide::Func &mean, const Halide::Func &scale);

} // namespace normforge
