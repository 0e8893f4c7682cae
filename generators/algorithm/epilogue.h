// SPDX-License-Identifier: MIT
// What is fused after the affine step: one entry per activation, value and derivative. NaN passes through each; infinities
// give the limits. docs/numerics.md has the errors.
#pragma once

#include <Halide.h>

#include <map>
#include <string>

namespace normforge {

/// An activation f. All arguments have the type of the arithmetic, Float(32) or Float(64); `slope` is ignored unless
/// `has_slope`, and may then be undefined.
struct Activation {
    /// f(z)
    Halide::Expr (*value)(const Halide::Expr &z, const Halide::Expr &slope);
    /// dy * f'(z), the gradient by the pre-activation z
    Halide::Expr (*gradient)(const Halide::Expr &z, const Halide::Expr &dy, const Halide::Expr &slope);
    /// The same given y = f(z), after rounding to the stored type; null unless sign and range of y say which branch z took.
    Halide::Expr (*gradient_at_output)(const Halide::Expr &y, const Halide::Expr &dy, const Halide::Expr &slope);
    bool has_slope;
    bool needs_pre_activation; ///< whether `gradient` reads z
};

/// All activations by their word in problem strings and symbols.
const std::map<std::string, Activation> &activations();

struct Epilogue {
    Activation activation;
    bool adds_residual; ///< before the activation
};

/// "<activation>", "add_<activation>", or "add" for "none" after a residual. Other words are a Halide user error.
Epilogue epilogue_named(const std::string &word);

} // namespace normforge
