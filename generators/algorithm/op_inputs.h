// SPDX-License-Identifier: MIT
// What every op is given. Per-channel arrays have the dimensions of Canonical::channel.
#pragma once

#include "generators/algorithm/element_type.h"
#include "generators/algorithm/epilogue.h"
#include "generators/algorithm/form.h"

#include <optional>

namespace normforge {

/// Whether backward needs z: where the derivative depends on it and is not taken at y.
inline bool recomputes_pre_activation(const Epilogue &epilogue) {
    const Activation &f = epilogue.activation;
    return f.needs_pre_activation && !(epilogue.adds_residual && f.gradient_at_output);
}

struct OpInputs {
    Form form;
    ElementType type; ///< of all tensors
    Arithmetic arithmetic;
    Epilogue epilogue;
    Tensor x;
    std::optional<Tensor> residual = {};
    Halide::Func gamma = {}, beta = {};
    Halide::Expr eps = {};      ///< float64; unused where invstd is given
    Halide::Expr slope = {};    ///< of the activation, in the type of the arithmetic
    Halide::Expr plane = {};    ///< small_planes
    Halide::Expr chunks = {};   ///< last, with a reduction
    bool overfills_runs = true; ///< see Canonical
    bool fits_nan = false;      ///< see Canonical
    std::optional<GpuTree> gpu = {};

    Canonical canonical() const {
        Canonical k(form, x.image(), plane, arithmetic);
        k.overfills_runs = overfills_runs;
        k.fits_nan = fits_nan;
        k.gpu = gpu;
        k.summed = k.tensor;
        if (gpu) k.channel.resize(1); // all channels are one group
        if (gpu && form == Form::SmallPlanes) k.summed.push_back(k.b);
        return k;
    }
};

/// Statistics that the caller gives.
struct GivenStatistics {
    Halide::Func mean;
    Halide::Func deviation; ///< the variance, or invstd where `inverted` is 1
    Halide::Expr inverted;
};

} // namespace normforge
