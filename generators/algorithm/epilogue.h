// SPDX-License-Identifier: MIT
// What is fused after the affine step: one entry per epilogue, value and derivative. NaN passes through each.
#pragma once

#include <Halide.h>

#include <map>
#include <string>

namespace normforge {

struct Epilogue {
    Halide::Expr (*value)(const Halide::Expr &z);
    /// Gradient by the pre-activation z, given the gradient by the output.
    Halide::Expr (*gradient)(const Halide::Expr &z, const Halide::Expr &dy);
    bool needs_pre_activation; ///< whether `gradient` reads z
};

/// All epilogues by their word in problem strings and symbols.
const std::map<std::string, Epilogue> &epilogues();

} // namespace normforge
