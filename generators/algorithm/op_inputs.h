// SPDX-License-Identifier: MIT
// What every op is given. Per-channel arrays have the dimensions of Canonical::channel.
#pragma once

#include "generators/algorithm/element_type.h"
#include "generators/algorithm/epilogue.h"
#include "generators/algorithm/form.h"

namespace normforge {

struct OpInputs {
    Form form;
    ElementType type; ///< of x, y, dy and dx
    Arithmetic arithmetic;
    Epilogue epilogue;
    Tensor x;
    Halide::Func gamma, beta;
    Halide::Expr eps = {};    ///< float64; unused where invstd is given
    Halide::Expr plane = {};  ///< small_planes
    Halide::Expr chunks = {}; ///< last, with a reduction

    Canonical canonical() const { return Canonical(form, x.image(), plane, arithmetic); }
};

} // namespace normforge
