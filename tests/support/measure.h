// SPDX-License-Identifier: MIT
// How wrong a result is, and how wrong it may be. docs/numerics.md derives every bound.
#pragma once

#include <limits>
#include <normforge/normforge.h>

namespace normforge::testing {

/// Spacing of f32 numbers at `scale` >= 0: 2^(e - 23) for 2^e <= scale < 2^(e + 1), at least the smallest subnormal.
double ulp(double scale);

/// |got - wanted| / unit. NaN for NaN and an infinity for the same infinity are right (0), else infinitely wrong.
double error_in(double unit, float got, double wanted);

/// Half the spacing just above 1: the relative error of one rounding.
constexpr double kRounding = 0x1p-24;

/// kRounding * |exact|, the unit of a relative error; at least the smallest subnormal, below which f32 has no numbers.
double relative_unit(double exact);

/// What an op writes.
enum class Output { y, dx, mean, variance, invstd, running_mean, running_variance, dgamma, dbeta };
constexpr int kOutputCount = 9;

const char *name_of(Output output);

/// Largest error allowed for m elements per channel, in units of docs/numerics.md: ulp(S), and relative_unit() for variance
/// and invstd.
double bound_of(nf_op op, Output output, int64_t m);

} // namespace normforge::testing
