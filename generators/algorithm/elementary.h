// SPDX-License-Identifier: MIT
// The exponential, and what tanh and the normal distribution need besides, in + - * /, comparisons and shifts only: the same
// bits scalar or vectorised, on every target, where Halide's own are calls into a library, approximations that differ
// between vector widths, or off by 5 units in the last place. Arguments are Float(32) or Float(64), results of their type;
// NaN gives NaN. Measured errors: docs/numerics.md.
#pragma once

#include <Halide.h>

namespace normforge {

/// Arguments beyond ± this change no activation any more: e^-limit vanishes, even times the limit itself.
Halide::Expr decay_limit(const Halide::Type &type);

/// e^x for x <= 0, -inf included, as (1 + fraction) * 2^n: users order the operations so that each rounds once.
class Decay {
public:
    /// The exponent is x + low, |low| < 1/2: digits that x has no room for.
    explicit Decay(const Halide::Expr &x, const Halide::Expr &low = {});

    /// e^x; below the smallest normal number rounded only once.
    Halide::Expr value() const;
    /// factor * e^x, rounded only once there, too; |factor| <= decay_limit().
    Halide::Expr times(const Halide::Expr &factor) const;
    /// 1 - e^x, its relative error small for x near 0, too.
    Halide::Expr complement() const;

private:
    Halide::Expr fraction_;
    Halide::Expr root_0_, root_1_; ///< powers of two with product 2^n, which may itself be subnormal or 0
};

/// tanh(x), odd to the bit.
Halide::Expr hyperbolic_tangent(const Halide::Expr &x);

/// e^(-x²/2), x >= 0: x² is not rounded, so that the relative error stays small for large x.
Decay normal_decay(const Halide::Expr &x);

/// The probability that a standard normal variable exceeds x >= 0, divided by e^(-x²/2).
Halide::Expr normal_tail_ratio(const Halide::Expr &x);

} // namespace normforge
