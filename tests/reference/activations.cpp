// SPDX-License-Identifier: MIT
// The activations and their derivatives, see reference.h.
#include "tests/reference/reference.h"

#include <algorithm>
#include <cmath>

namespace normforge::reference {

namespace {

/// Beyond this, every function below is its limit, with derivatives and tails of exactly 0, and nothing is infinity times 0.
constexpr Real kFar = 1e5L;

/// NaN stays NaN.
Real limited(Real z) {
    return std::isnan(z) ? z : std::clamp(z, -kFar, kFar);
}

Real sigmoid(Real z) {
    return 1 / (1 + std::exp(-z));
}
Real sigmoid_slope(Real z) {
    return sigmoid(z) * sigmoid(-z);
}

/// The normal distribution and its density.
Real normal(Real z) {
    return std::erfc(-z / std::sqrt(Real{2})) / 2;
}
Real normal_density(Real z) {
    return std::exp(-z * z / 2) / std::sqrt(8 * std::atan(Real{1}));
}

/// gelu_tanh is z * (1 + tanh(u)) / 2 = z * sigmoid(2u), u = sqrt(2 / pi) * (z + 0.044715 * z^3). This is 2u, and its
/// derivative.
Real twice_u(Real z) {
    return 2 * std::sqrt(1 / (2 * std::atan(Real{1}))) * (z + 0.044715L * z * z * z);
}
Real twice_u_slope(Real z) {
    return 2 * std::sqrt(1 / (2 * std::atan(Real{1}))) * (1 + 3 * 0.044715L * z * z);
}

/// f', where it is smooth.
Real slope(Activation activation, Real z) {
    switch (activation) {
    case Activation::silu: return sigmoid(z) + z * sigmoid_slope(z);
    case Activation::gelu: return normal(z) + z * normal_density(z);
    case Activation::gelu_tanh: return sigmoid(twice_u(z)) + z * sigmoid_slope(twice_u(z)) * twice_u_slope(z);
    case Activation::sigmoid: return sigmoid_slope(z);
    case Activation::tanh: return 4 * sigmoid_slope(2 * z);
    case Activation::hard_swish: return z <= -3 ? 0 : z >= 3 ? 1 : (2 * z + 3) / 6;
    case Activation::none:
    case Activation::relu:
    case Activation::leaky_relu:
    case Activation::relu6: break;
    }
    return 1;
}

} // namespace

Real apply(const Epilogue &epilogue, Real z) {
    const Real low = std::isnan(z) ? z : std::max(z, -kFar); // f(-infinity) is the limit, not infinity times 0
    switch (epilogue.activation) {
    case Activation::none: break;
    case Activation::relu: return z <= 0 ? 0 : z;
    case Activation::leaky_relu: return z <= 0 ? epilogue.slope * z : z;
    case Activation::relu6: return z <= 0 ? 0 : z >= 6 ? 6 : z;
    case Activation::silu: return low * sigmoid(low);
    case Activation::gelu: return low * normal(low);
    case Activation::gelu_tanh: return low * sigmoid(twice_u(low));
    case Activation::sigmoid: return sigmoid(z);
    case Activation::tanh: return std::tanh(z);
    case Activation::hard_swish: return z <= -3 ? 0 : z >= 3 ? z : z * (z + 3) / 6;
    }
    return z;
}

Real gradient(const Epilogue &epilogue, Real z, Real dy) {
    switch (epilogue.activation) {
    case Activation::none: return dy;
    case Activation::relu: return z <= 0 ? 0 : dy;
    case Activation::leaky_relu: return z <= 0 ? epilogue.slope * dy : dy;
    case Activation::relu6: return z <= 0 || z >= 6 ? 0 : dy;
    default: return dy * slope(epilogue.activation, limited(z));
    }
}

Real gradient_at_output(const Epilogue &epilogue, Real y, Real dy) {
    return gradient(epilogue, y, dy); // y and z are on the same side of 0, and of 6
}

} // namespace normforge::reference
