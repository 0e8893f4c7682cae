// SPDX-License-Identifier: MIT
// Division by a number that all threads share.
#pragma once

#include <Halide.h>

namespace normforge {

/// value / divisor rounded down, for 0 <= value < 2^31 and 0 < divisor < 2^31, as a product with the divisor's reciprocal:
/// three instructions where a GPU's division takes some twenty. What depends on the divisor alone is computed once.
/// With s = 31 + log2(divisor) rounded up and f = 2^s / divisor rounded down, plus 1: f * divisor exceeds 2^s by at most
/// divisor, so that value * f / 2^s exceeds the true quotient by less than 1 / divisor, as long as value < 2^31. And f <
/// 2^32.
Halide::Expr quotient(const Halide::Expr &value, const Halide::Expr &divisor);

} // namespace normforge
