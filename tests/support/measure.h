// SPDX-License-Identifier: MIT
// How wrong a result is, and how wrong it may be. docs/numerics.md derives every bound.
#pragma once

#include "tests/reference/reference.h"
#include "tests/support/number.h"
#include <limits>
#include <normforge/normforge.h>

namespace normforge::testing {

/// Spacing of a type's numbers at `scale` >= 0: 2^(e + 1 - digits) for 2^e <= scale < 2^(e + 1), at least the smallest
/// subnormal.
double ulp(nf_dtype dtype, double scale);

/// |got - wanted| / unit. NaN for NaN and an infinity for the same infinity are right (0), else infinitely wrong.
double error_in(double unit, double got, reference::Real wanted);

/// Half the spacing just above 1: the relative error of one rounding.
double rounding(nf_dtype dtype);

/// rounding() * |exact|, the unit of a relative error; at least the smallest subnormal, below which there are no numbers.
double relative_unit(nf_dtype dtype, double exact);

/// What an op writes. count, first and second are a triple's, of stats and backward_reduce; merged ones those of the merges.
enum class Output {
    y,
    dx,
    dresidual,
    mean,
    variance,
    invstd,
    running_mean,
    running_variance,
    dgamma,
    dbeta,
    count,
    first,
    second,
    merged_count,
    merged_first,
    merged_second
};
constexpr int kOutputCount = 16;

const char *name_of(Output output);

/// Largest error allowed for m elements per channel, in units of docs/numerics.md: ulp(S) of unit_type(), and
/// relative_unit() for variance and invstd.
double bound_of(const nf_description &description, Output output, int64_t m);

/// Largest |f'| of the epilogue: what an error of the pre-activation is multiplied by.
double steepest_slope(const nf_description &description);

/// The type in whose spacing an output is measured: that in which it is stored, but for sums on the way, which are f64
/// although the terms are of the type of the arithmetic.
nf_dtype unit_type(const nf_description &description, Output output);

} // namespace normforge::testing
