// SPDX-License-Identifier: MIT
// The specification: batch normalisation in plain loops. Every kernel is compared with it; it depends on
// nothing. Statistics are exact mathematics of the data (up to rounding in Real). Everything after them takes the
// statistics as arguments, so that a caller may pass the rounded ones a kernel used and look at one step of rounding at a
// time.
#pragma once

#include <cstdint>
#include <vector>

namespace normforge::reference {

/// In which the reference computes: on x86 64 binary digits, so that f64 kernels can be measured too.
using Real = long double;

/// The canonical tensor x[n, c, s]: all axes before the channel axis, the channel axis, all axes after it.
struct Shape {
    int64_t n, c, s;
    int64_t per_channel() const { return n * s; } ///< m, the elements a channel's statistics are taken over
    int64_t count() const { return n * c * s; }
};

/// A tensor in memory; any strides, counted in elements.
template <typename T>
struct View {
    T *data;
    int64_t stride_n, stride_c, stride_s;
    T &operator()(int64_t n, int64_t c, int64_t s) const { return data[n * stride_n + c * stride_c + s * stride_s]; }
};

/// A contiguous tensor with s innermost.
template <typename T>
View<T> dense(T *data, const Shape &shape) {
    return {data, shape.c * shape.s, shape.s, 1};
}

enum class Epilogue { none, relu };

/// One value per channel.
using Channels = std::vector<Real>;

struct Statistics {
    Channels mean;
    Channels variance; ///< biased: divided by m
};

/// What the affine step takes.
struct Affine {
    Channels mean, invstd, gamma, beta;
};

struct Sums {
    Channels dbeta;  ///< sum(dz)
    Channels dgamma; ///< sum(dz * xhat)
};

/// mean = sum(x) / m, variance = sum((x - mean)^2) / m. Needs m > 0.
Statistics statistics(const Shape &shape, const View<const double> &x);

/// 1 / sqrt(variance + eps), and 0 where variance + eps is 0.
Real inverse_deviation(Real variance, double eps);
Channels inverse_deviation(const Channels &variance, double eps);

/// momentum weights the old value.
Real running(Real old_value, Real batch_value, double momentum);

/// NaN passes through.
Real apply(Epilogue epilogue, Real z);

/// y = epilogue((x - mean) * invstd * gamma + beta)
void forward(const Shape &shape, const View<const double> &x, const Affine &affine, Epilogue epilogue, const View<Real> &y);

/// dz = dy where the epilogue's derivative is 1, else 0. The mask of an f32 kernel is that of strict_mask(); see there.
void mask_gradient(const Shape &shape, const View<const double> &dy, const View<const uint8_t> &mask, const View<Real> &dz);

/// dbeta = sum(dz), dgamma = sum(dz * xhat), xhat = (x - mean) * invstd
Sums backward_sums(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Affine &affine);

/// Statistics were computed from x: dx = gamma * invstd * (dz - dbeta / m - xhat * dgamma / m)
void backward_train(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Affine &affine,
                    const Sums &sums, const View<Real> &dx);

/// Statistics are constants: dx = gamma * invstd * dz
void backward_frozen(const Shape &shape, const View<const Real> &dz, const Affine &affine, const View<Real> &dx);

/// The expressions whose bits are part of the semantics, each operation rounded by itself (no FMA), in float or double. A
/// kernel writes the pre-activation in forward and recomputes it in backward, where its sign is the mask: both must agree to
/// the bit.
template <typename T>
T strict_invstd(T variance, double eps); ///< float64 inside, rounded once
double strict_running(double old_value, double batch_value, double momentum);
template <typename T>
T strict_scale(T gamma, T invstd);
template <typename T>
T strict_pre_activation(T x, T mean, T scale, T beta);

/// 1 where the epilogue's derivative at the strict pre-activation z is 1: everywhere for none; for relu where z <= 0 does
/// not hold, so that a z of NaN lets the gradient through.
uint8_t strict_mask(Epilogue epilogue, double pre_activation);

} // namespace normforge::reference
