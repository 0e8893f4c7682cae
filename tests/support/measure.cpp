// SPDX-License-Identifier: MIT
// Units and bounds, see measure.h and docs/numerics.md.
#include "tests/support/measure.h"

#include "runtime/ops.h"
#include <algorithm>
#include <cmath>

namespace normforge::testing {

namespace {

struct Row {
    const char *name;
    double bound;
};

// In the order of Output. y and dx: docs/numerics.md derives 4 to 7 as the worst case; 4 is what we promise.
constexpr Row kRows[kOutputCount] = {
    {"y", 4},        {"dx", 4},           {"dresidual", 0},    {"mean", 4},
    {"variance", 8}, {"invstd", 5},       {"running_mean", 2}, {"running_variance", 2},
    {"dgamma", 6},   {"dbeta", 6},        {"count", 0},        {"first", 6},
    {"second", 8},   {"merged_count", 0}, {"merged_first", 4}, {"merged_second", 4},
};

/// What an activation adds to the bounds.
struct ActivationRow {
    double steepest; ///< largest |f'|
    double value;    ///< units of f itself, from an exact z
    double gradient; ///< units of |dy| * steepest in dy * f', from an exact z; 0 where dz is dy or 0
};

// By nf_epilogue. docs/numerics.md, "Activations"; the derivative's unit there is ulp(1/2) at least, and the product with dy
// is one rounding more.
constexpr ActivationRow kActivations[] = {
    {1, 0, 0},      // none
    {1, 0, 0},      // relu
    {1, 2, 2},      // leaky_relu: slope in the type of the arithmetic, the product
    {1, 0, 0},      // relu6
    {1.1, 4, 4},    // silu
    {1.13, 6, 4},   // gelu
    {1.13, 4, 5},   // gelu_tanh
    {0.25, 3, 3},   // sigmoid
    {1, 3, 4},      // tanh
    {1.5, 2.5, 2.5} // hard_swish
};

const ActivationRow &activation_row(const nf_description &d) {
    return kActivations[has_epilogue(d.op) ? activation_of(d.epilogue) : NF_EPILOGUE_NONE];
}

/// From this many elements per channel, f32 roundings of single elements average out of the variance; those of an f64 merge,
/// which is of the type of the elements then, do not.
constexpr int64_t kManyElements = 2048;
constexpr double kAveragedVariance = 2e-7 / 0x1p-24;

} // namespace

double ulp(nf_dtype dtype, double scale) {
    const Precision type = precision_of(dtype);
    const int exponent = scale > 0 && std::isfinite(scale) ? std::ilogb(scale) : type.lowest;
    return std::ldexp(1.0, std::max(exponent, type.lowest) - (type.digits - 1));
}

double rounding(nf_dtype dtype) {
    return std::ldexp(1.0, -precision_of(dtype).digits);
}

double relative_unit(nf_dtype dtype, double exact) {
    return std::max(rounding(dtype) * std::abs(exact), ulp(dtype, 0));
}

double error_in(double unit, double got, reference::Real wanted) {
    if (!std::isfinite(got) || !std::isfinite(wanted)) {
        const bool same = (std::isnan(got) && std::isnan(wanted)) || got == wanted;
        return same ? 0 : std::numeric_limits<double>::infinity();
    }
    const auto difference = static_cast<double>(std::abs(got - wanted));
    return difference == 0 ? 0 : difference / unit;
}

const char *name_of(Output output) {
    return kRows[static_cast<int>(output)].name;
}

nf_dtype unit_type(const nf_description &description, Output output) {
    switch (output) {
    case Output::y:
    case Output::dx:
    case Output::dresidual: return description.x.dtype;
    case Output::dgamma:
    case Output::dbeta: return parameter_type(description);
    case Output::count:
    case Output::first:
    case Output::second: return arithmetic_type(description);
    case Output::merged_count:
    case Output::merged_first:
    case Output::merged_second: return NF_F64;
    default: return statistic_type(description);
    }
}

double steepest_slope(const nf_description &description) {
    const double slope = activation_of(description.epilogue) == NF_EPILOGUE_LEAKY_RELU ? description.slope : 0;
    return std::max(activation_row(description).steepest, slope);
}

namespace {

/// The bound where an output is stored in the type of the arithmetic.
double bound_of_arithmetic(const nf_description &d, Output output, int64_t m) {
    const double bound = kRows[static_cast<int>(output)].bound;
    const ActivationRow &activation = activation_row(d);
    const bool averaged = m >= kManyElements && arithmetic_type(d) == NF_F32;
    switch (output) {
    case Output::y: return bound + activation.value;
    case Output::dx:
    case Output::dgamma:
    case Output::dbeta:
    case Output::first: return bound + activation.gradient;
    case Output::dresidual: return activation.gradient + (d.dresidual_gradient == NF_GRADIENT_ADD ? 1 : 0);
    case Output::second: return d.op != NF_STATS ? bound + activation.gradient : averaged ? kAveragedVariance : bound;
    case Output::variance: return averaged ? kAveragedVariance : bound;
    case Output::invstd: return averaged ? kAveragedVariance / 2 + 1 : bound;
    case Output::merged_first:
    case Output::merged_second: return bound * d.parts;
    default: return bound;
    }
}

} // namespace

double bound_of(const nf_description &d, Output output, int64_t m) {
    const double bound = bound_of_arithmetic(d, output, m);
    const int lost = precision_of(arithmetic_type(d)).digits - precision_of(unit_type(d, output)).digits;
    return lost <= 0 || bound == 0 ? bound : 0.5 + std::ldexp(bound, -lost);
}

} // namespace normforge::testing
