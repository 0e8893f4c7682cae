// SPDX-License-Identifier: MIT
// Units and bounds, see measure.h and docs/numerics.md.
#include "tests/support/measure.h"

#include <algorithm>
#include <cmath>

namespace normforge::testing {

namespace {

struct Row {
    const char *name;
    double bound;
};

// In the order of Output.
constexpr Row kRows[kOutputCount] = {
    {"y", 4},      {"dx", 7},    {"mean", 4}, {"variance", 8}, {"invstd", 5}, {"running_mean", 2}, {"running_variance", 2},
    {"dgamma", 6}, {"dbeta", 6},
};

/// From this many elements per channel, roundings of single elements average out of the variance.
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

nf_dtype type_of(const nf_description &description, Output output) {
    switch (output) {
    case Output::y:
    case Output::dx: return description.x.dtype;
    case Output::dgamma:
    case Output::dbeta: return parameter_type(description);
    default: return statistic_type(description);
    }
}

namespace {

/// The bound where an output is stored in the type of the arithmetic.
double bound_of_arithmetic(nf_op op, Output output, int64_t m) {
    // These two round invstd on the way, which the caller does not see.
    const bool invstd_hidden = op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN;
    if (output == Output::dx && invstd_hidden) return 3;
    if (output == Output::y && invstd_hidden) return 5;
    if (output == Output::variance && m >= kManyElements) return kAveragedVariance;
    if (output == Output::invstd && m >= kManyElements) return kAveragedVariance / 2 + 1;
    return kRows[static_cast<int>(output)].bound;
}

} // namespace

double bound_of(const nf_description &description, Output output, int64_t m) {
    const double bound = bound_of_arithmetic(description.op, output, m);
    const int lost = precision_of(arithmetic_type(description)).digits - precision_of(type_of(description, output)).digits;
    return lost == 0 ? bound : 0.5 + std::ldexp(bound, -lost);
}

} // namespace normforge::testing
