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
constexpr double kAveragedVariance = 2e-7 / kRounding;

} // namespace

double ulp(double scale) {
    constexpr int kMantissa = std::numeric_limits<float>::digits - 1;
    constexpr int kLowest = std::numeric_limits<float>::min_exponent - 1;
    const int exponent = scale > 0 && std::isfinite(scale) ? std::ilogb(scale) : kLowest;
    return std::ldexp(1.0, (exponent < kLowest ? kLowest : exponent) - kMantissa);
}

double relative_unit(double exact) {
    return std::max(kRounding * std::abs(exact), ulp(0));
}

double error_in(double unit, float got, double wanted) {
    if (std::isnan(got) || std::isnan(wanted) || std::isinf(got) || std::isinf(wanted)) {
        const bool same = (std::isnan(got) && std::isnan(wanted)) || got == wanted;
        return same ? 0 : std::numeric_limits<double>::infinity();
    }
    const double difference = std::abs(got - wanted);
    return difference == 0 ? 0 : difference / unit;
}

const char *name_of(Output output) {
    return kRows[static_cast<int>(output)].name;
}

double bound_of(nf_op op, Output output, int64_t m) {
    // These two round invstd on the way, which the caller does not see.
    const bool invstd_hidden = op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN;
    if (output == Output::dx && invstd_hidden) return 3;
    if (output == Output::y && invstd_hidden) return 5;
    if (output == Output::variance && m >= kManyElements) return kAveragedVariance;
    if (output == Output::invstd && m >= kManyElements) return kAveragedVariance / 2 + 1;
    return kRows[static_cast<int>(output)].bound;
}

} // namespace normforge::testing
