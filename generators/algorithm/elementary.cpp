// SPDX-License-Identifier: MIT
// Polynomials and range reductions, one table of numbers per type.
#include "generators/algorithm/elementary.h"

#include <vector>

namespace normforge {

using namespace Halide;
using Internal::make_const;

namespace {

/// What differs between f32 and f64.
struct Format {
    int mantissa;      ///< stored bits
    uint64_t bias;     ///< of the exponent
    uint64_t low_half; ///< mask of the mantissa bits to clear so that a square is exact
    double limit;      ///< see decay_limit()
    double to_integer; ///< 1.5 * 2^mantissa: adding it rounds to an integer, which then stands in the lowest bits
    uint64_t to_integer_bits;
    double ln2_high, ln2_low;        ///< n * ln2_high is exact for every n that occurs
    std::vector<double> exponential; ///< (e^r - 1 - r) / r^2, |r| <= ln(2) / 2
    std::vector<double> tail;        ///< normal_tail_ratio(x) * (x + kTailCentre) by x / (x + kTailCentre) - 1/2
};

// Polynomials interpolate at Chebyshev nodes, which is within a factor of two of the best there is. Python with mpmath:
//
//   mp.dps = 60
//   def fit(f, low, high, n):
//       x = [(low + high) / 2 + (high - low) / 2 * cos(pi * (k + mpf(1) / 2) / n) for k in range(n)]
//       return lu_solve(matrix([[p**j for j in range(n)] for p in x]), matrix([f(p) for p in x]))
//   h = log(2) / 2 * mpf("1.0001")                                                     # n   relative error
//   fit(lambda r: (expm1(r) - r) / r**2, -h, h, n)                                     # 5   2^-26.5    10   2^-55.7
//   def tail(u):
//       x = 4 * (u + 0.5) / (0.5 - u)
//       return exp(x * x / 2) * erfc(x / sqrt(2)) / 2 * (x + 4)
//   fit(tail, -mpf(1) / 2, mpf(15) / (15 + 4) - 0.5, 10)                               # 10  2^-26.2
//   fit(tail, -mpf(1) / 2, mpf(39) / (39 + 4) - 0.5, 24)                               #                24  2^-57.9
//
// From x = 15 (f32) and 39 (f64) on, e^(-x²/2) is 0. Rounded to f32, the coefficients of `tail` cost 2^-23.8.
constexpr double kTailCentre = 4;

const Format kFloat32 = {
    23,
    127,
    0xfff,
    120,
    0x1.8p23,
    0x4b400000,
    0.693359375,
    -2.12194440e-4,
    {0.5, 0.166665763, 0.0416665561, 0.00836317893, 0.0013926184},
    {0.755285144, -1.21579313, 1.54854679, -1.49218643, 0.966498971, -0.240812883, -0.225342259, 0.200560853, 0.0483831093,
     -0.0642858967},
};
const Format kFloat64 = {
    52,
    1023,
    0x7ffffff,
    760,
    0x1.8p52,
    0x4338000000000000,
    0x1.62e42fee00000p-1,
    0x1.a39ef35793c76p-33,
    {0.50000000000000011, 0.16666666666666669, 0.041666666666624129, 0.0083333333333300615, 0.0013888888917213717,
     0.00019841269863053618, 2.4801521295954376e-05, 2.7557268459997064e-06, 2.7620088445409746e-07, 2.510038549551032e-08},
    {0.75528513041575152,    -1.2157932839437842,   1.5485496029688581,    -1.492174863677258,    0.96634519825498499,
     -0.24128604693525732,   -0.22270031151319009,  0.20874476257135374,   0.034136143976869308,  -0.11832060680676301,
     -0.0019540566832879957, 0.071976317036551093,  0.0029354652652425345, -0.048498059862147912, -0.010316948448568645,
     0.033474282690841857,   0.01781298165356484,   -0.020311561656398577, -0.022389304369309613, 0.0069629629103133573,
     0.020572653078556769,   0.0040229184898299911, -0.010578451844575835, -0.0060921592920960277},
};

const Format &format(const Type &type) {
    return type.bits() == 32 ? kFloat32 : kFloat64;
}

Expr polynomial(const std::vector<double> &coefficients, const Expr &x) {
    Expr result = make_const(x.type(), coefficients.back());
    for (auto c = coefficients.rbegin() + 1; c != coefficients.rend(); ++c) result = result * x + make_const(x.type(), *c);
    return result;
}

Type bits_type(const Type &type) {
    return UInt(type.bits());
}

Expr bits(const Expr &x) {
    return reinterpret(bits_type(x.type()), x);
}

} // namespace

Expr decay_limit(const Type &type) {
    return make_const(type, format(type).limit);
}

Decay::Decay(const Expr &x, const Expr &low) {
    const Type type = x.type();
    const Format &f = format(type);
    auto constant = [&](double value) { return make_const(type, value); };
    auto with_low = [&](const Expr &value) { return low.defined() ? value + low : value; };

    Expr high = select(x < -decay_limit(type), -decay_limit(type), x);
    Expr shifted = with_low(high) * constant(0x1.71547652b82fep+0) + constant(f.to_integer); // log2(e)
    Expr n = shifted - constant(f.to_integer);
    Expr r = (high - n * constant(f.ln2_high)) + with_low(n * constant(-f.ln2_low));
    fraction_ = r + r * r * polynomial(f.exponential, r);

    auto whole = [&](uint64_t value) { return make_const(bits_type(type), value); };
    Expr exponent = bits(shifted) - whole(f.to_integer_bits - 2 * f.bias), half = exponent >> 1;
    root_0_ = reinterpret(type, half << f.mantissa);
    root_1_ = reinterpret(type, (exponent - half) << f.mantissa);
}

Expr Decay::value() const {
    return (1 + fraction_) * root_0_ * root_1_;
}

Expr Decay::times(const Expr &factor) const {
    return factor * (1 + fraction_) * root_0_ * root_1_;
}

Expr Decay::complement() const {
    Expr power = root_0_ * root_1_;
    return (1 - power) - power * fraction_;
}

Expr hyperbolic_tangent(const Expr &x) {
    Expr difference = Decay(-2 * abs(x)).complement(), ratio = difference / (2 - difference);
    Expr sign = bits(x) & (make_const(bits_type(x.type()), 1) << (x.type().bits() - 1));
    return reinterpret(x.type(), bits(ratio) | sign);
}

Decay normal_decay(const Expr &x) {
    Expr half = make_const(x.type(), 0.5);
    Expr head = reinterpret(x.type(), bits(x) & ~make_const(bits_type(x.type()), format(x.type()).low_half));
    return Decay(-(head * head * half), -((x - head) * (x + head) * half));
}

Expr normal_tail_ratio(const Expr &x) {
    Expr v = 1 / (x + make_const(x.type(), kTailCentre));
    return v * polynomial(format(x.type()).tail, x * v - make_const(x.type(), 0.5));
}

} // namespace normforge
