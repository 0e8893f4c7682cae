// SPDX-License-Identifier: MIT
// What is fused after the affine step: one entry per activation, value and derivative. NaN passes through each.
#pragma once

#include <Halide.h>

#include <map>
#include <string>

namespace normforge {

struct Activation {
    Halide::Expr (*value)(const Halide::Expr &z, const Halide::Expr &slope);
    /// dy * f'(z)
    Halide::Expr (*gradient)(const Halide::Expr &z, const Halide::Expr &dy, const Halide::Expr &slope);
    /// The same from y = f(z), where its sign or range says the derivative; else null.
    Halide::Expr (*gradient_at_output)(const Halide::Expr &y, const Halide::Expr &dy, const Halide::Expr &slope);
    bool has_slope;
    bool needs_pre_activation; ///< whether `gradient` reads z
};

const std::map<std::string, Activation> &activations();

struct Epilogue {
    Activation activation;
    bool adds_residual;
};

Epilogue epilogue_named(const std::string &word);

} // namespace normforge
