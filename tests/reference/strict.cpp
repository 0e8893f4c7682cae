// SPDX-License-Identifier: MIT
// The expressions whose bits are part of the semantics, see reference.h. Compiled with -ffp-contract=off: a fused
// multiply-add would round once where the kernels round twice.
#include "tests/reference/reference.h"

#include <cmath>

namespace normforge::reference {

template <typename T>
T strict_invstd(T variance, double eps) {
    const double sum = static_cast<double>(variance) + eps;
    return static_cast<T>(sum == 0 ? 0 : 1 / std::sqrt(sum));
}

double strict_running(double old_value, double batch_value, double momentum) {
    return momentum * old_value + (1 - momentum) * batch_value;
}

template <typename T>
T strict_scale(T gamma, T invstd) {
    return gamma * invstd;
}

template <typename T>
T strict_affine(T x, T mean, T scale, T beta) {
    const T centred = x - mean;
    const T scaled = centred * scale;
    return scaled + beta;
}

template <typename T>
T strict_add(T affine, T residual) {
    return affine + residual;
}

template <typename T>
T strict_apply(const Epilogue &epilogue, T z) {
    if (epilogue.activation == Activation::leaky_relu) return z <= 0 ? static_cast<T>(epilogue.slope) * z : z;
    return static_cast<T>(apply(epilogue, z));
}

template float strict_invstd(float, double);
template double strict_invstd(double, double);
template float strict_scale(float, float);
template double strict_scale(double, double);
template float strict_affine(float, float, float, float);
template double strict_affine(double, double, double, double);
template float strict_add(float, float);
template double strict_add(double, double);
template float strict_apply(const Epilogue &, float);
template double strict_apply(const Epilogue &, double);

} // namespace normforge::reference
