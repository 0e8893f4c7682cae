// SPDX-License-Identifier: MIT
// The list of activations; CONTRIBUTING.md says what else a new one needs.
//
// Comparisons: Halide 19 rewrites `a <= b` to `!(b < a)`, which is true for NaN, and min, max and clamp lose NaN on some
// targets. So only <, == and select occur, ordered so that NaN takes the branch that keeps it.
#include "generators/algorithm/epilogue.h"

#include "generators/algorithm/elementary.h"

namespace normforge {

using namespace Halide;

namespace {

/// a <= b, and false for NaN; LLVM makes one comparison of it.
Expr at_most(const Expr &a, const Expr &b) {
    return a < b || a == b;
}

Expr number(const Expr &like, double value) {
    return Internal::make_const(like.type(), value);
}

Expr identity(const Expr &z, const Expr &) {
    return z;
}
Expr identity_gradient(const Expr &, const Expr &dy, const Expr &) {
    return dy;
}

/// The kinks of relu, leaky_relu and relu6 are at 0 and 6, in z and in y, so that one function is the gradient at both.
Expr relu(const Expr &z, const Expr &) {
    return select(at_most(z, number(z, 0)), number(z, 0), z);
}
Expr relu_gradient(const Expr &z, const Expr &dy, const Expr &) {
    return select(at_most(z, number(z, 0)), number(dy, 0), dy);
}

Expr leaky_relu(const Expr &z, const Expr &slope) {
    return select(at_most(z, number(z, 0)), slope * z, z);
}
Expr leaky_relu_gradient(const Expr &z, const Expr &dy, const Expr &slope) {
    return select(at_most(z, number(z, 0)), slope * dy, dy);
}

Expr relu6(const Expr &z, const Expr &) {
    return select(at_most(z, number(z, 0)), number(z, 0), number(z, 6) < z, number(z, 6), z);
}
Expr relu6_gradient(const Expr &z, const Expr &dy, const Expr &) {
    return select(at_most(z, number(z, 0)) || at_most(number(z, 6), z), number(dy, 0), dy);
}

/// z within ±decay_limit(), so that products with e^-|z| have the limit 0 rather than infinity times 0.
Expr limited(const Expr &z) {
    Expr limit = decay_limit(z.type());
    return select(z < -limit, -limit, limit < z, limit, z);
}

/// sigmoid(w) is 1 / (1 + t) for w >= 0, t / (1 + t) below, with t = e^-|w| <= 1, which cannot overflow.
Expr sigmoid(const Expr &z, const Expr &) {
    Expr t = Decay(-abs(z)).value();
    return select(z < 0, t, 1) / (1 + t);
}
Expr sigmoid_gradient(const Expr &z, const Expr &dy, const Expr &) {
    Expr t = Decay(-abs(z)).value();
    return dy * (t / ((1 + t) * (1 + t)));
}

/// z * sigmoid(w), w having the sign of z.
Expr gated(const Expr &z, const Expr &w) {
    Decay t(-abs(w));
    return select(z < 0, t.times(limited(z)), z) / (1 + t.value());
}
/// dy times the derivative of z * sigmoid(w): sigmoid(w) + inner * sigmoid'(w), where inner = z * dw/dz.
Expr gated_gradient(const Expr &w, const Expr &inner, const Expr &dy) {
    Expr t = Decay(-abs(w)).value();
    Expr numerator = select(w < 0, t * ((1 + t) + inner), (1 + t) + t * inner);
    return dy * (numerator / ((1 + t) * (1 + t)));
}

Expr silu(const Expr &z, const Expr &) {
    return gated(z, z);
}
Expr silu_gradient(const Expr &z, const Expr &dy, const Expr &) {
    return gated_gradient(z, limited(z), dy);
}

/// (1 + tanh(u)) / 2 = sigmoid(2 * u), and 2 * u = z * (kLinear + kCubic * z^2).
constexpr double kLinear = 1.5957691216057308; // 2 * sqrt(2 / pi)
constexpr double kCubic = 0.044715 * kLinear;

Expr gelu_tanh(const Expr &z, const Expr &) {
    return gated(z, z * (number(z, kLinear) + number(z, kCubic) * (z * z)));
}
Expr gelu_tanh_gradient(const Expr &z, const Expr &dy, const Expr &) {
    Expr near = limited(z), square = near * near;
    Expr w = near * (number(z, kLinear) + number(z, kCubic) * square);
    return gated_gradient(w, near * (number(z, kLinear) + number(z, 3 * kCubic) * square), dy);
}

/// |z| up to where e^(-z²/2) is 0 in every type.
Expr normal_argument(const Expr &z) {
    Expr x = abs(z), limit = number(z, 40);
    return select(limit < x, limit, x);
}

/// With Phi the normal distribution, z * Phi(z) = max(z, 0) - |z| * Phi(-|z|): no cancellation for any z.
Expr gelu(const Expr &z, const Expr &) {
    Expr x = normal_argument(z);
    return select(z < 0, 0, z) - normal_decay(x).times(x * normal_tail_ratio(x));
}
/// Phi(z) + z * phi(z), with the density phi(z) = e^(-z²/2) / sqrt(2 * pi).
Expr gelu_gradient(const Expr &z, const Expr &dy, const Expr &) {
    Expr x = normal_argument(z);
    Expr below = normal_decay(x).times(normal_tail_ratio(x) - x * number(z, 0.3989422804014327));
    return dy * select(z < 0, below, 1 - below);
}

Expr tanh_value(const Expr &z, const Expr &) {
    return hyperbolic_tangent(z);
}
/// 1 - tanh(z)^2 = 4 * t / (1 + t)^2, t = e^-2|z|, without cancellation.
Expr tanh_gradient(const Expr &z, const Expr &dy, const Expr &) {
    Expr t = Decay(-2 * abs(z)).value();
    return dy * (4 * t / ((1 + t) * (1 + t)));
}

/// 0 up to -3 and z from 3 on, kinks included.
Expr hard_swish(const Expr &z, const Expr &) {
    Expr between = z * (z + 3) * number(z, 1.0 / 6);
    return select(at_most(z, number(z, -3)), number(z, 0), at_most(number(z, 3), z), z, between);
}
Expr hard_swish_gradient(const Expr &z, const Expr &dy, const Expr &) {
    Expr between = dy * ((2 * z + 3) * number(z, 1.0 / 6));
    return select(at_most(z, number(z, -3)), number(dy, 0), at_most(number(z, 3), z), dy, between);
}

} // namespace

const std::map<std::string, Activation> &activations() {
    static const std::map<std::string, Activation> list = {
        // value, gradient, gradient_at_output, has_slope, needs_pre_activation
        {"none", {identity, identity_gradient, nullptr, false, false}},
        {"relu", {relu, relu_gradient, relu_gradient, false, true}},
        {"leaky_relu", {leaky_relu, leaky_relu_gradient, leaky_relu_gradient, true, true}},
        {"relu6", {relu6, relu6_gradient, relu6_gradient, false, true}},
        {"silu", {silu, silu_gradient, nullptr, false, true}},
        {"gelu", {gelu, gelu_gradient, nullptr, false, true}},
        {"gelu_tanh", {gelu_tanh, gelu_tanh_gradient, nullptr, false, true}},
        {"sigmoid", {sigmoid, sigmoid_gradient, nullptr, false, true}},
        {"tanh", {tanh_value, tanh_gradient, nullptr, false, true}},
        {"hard_swish", {hard_swish, hard_swish_gradient, nullptr, false, true}},
    };
    return list;
}

Epilogue epilogue_named(const std::string &word) {
    const std::string prefix = "add_";
    const bool adds_residual = word == "add" || word.rfind(prefix, 0) == 0;
    const std::string name = word == "add" ? "none" : adds_residual ? word.substr(prefix.size()) : word;
    auto entry = activations().find(name);
    const bool known = entry != activations().end() && word != "add_none";
    _halide_user_assert(known) << "epilogue '" << word << "' does not exist";
    return {entry->second, adds_residual};
}

} // namespace normforge
