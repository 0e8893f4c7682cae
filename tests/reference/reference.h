// SPDX-License-Identifier: MIT
// The specification: batch normalisation in plain loops. Every kernel is compared with it; it depends on
// nothing. Statistics are exact mathematics of the data (up to rounding in Real). Everything after them takes the
// statistics as arguments, so that a caller may pass the rounded ones a kernel used and look at one step of rounding at a
// time.
#pragma once

#include <cstdint>
#include <vector>

namespace normforge::reference {

/// In which the reference computes: 64 binary digits on x86, 113 on ARM, so that f64 kernels can be measured too.
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

/// One value per channel.
using Channels = std::vector<Real>;

/// What phases hand on, per channel: (m, mean, sum((x - mean)^2)) or (m, sum(dz), sum(dz * (x - mean))).
struct Triple {
    Channels count, first, second;
};

struct Statistics {
    Channels mean;
    Channels variance; ///< biased: divided by m
};

/// What the affine step takes.
struct Affine {
    Channels mean, invstd, gamma, beta;
};

struct Sums {
    Channels count;  ///< m, of all processes together
    Channels dbeta;  ///< sum(dz)
    Channels dgamma; ///< sum(dz * xhat)
};

// Statistics.

/// (m, mean = sum(x) / m, sum((x - mean)^2)). Needs m > 0.
Triple stats(const Shape &shape, const View<const double> &x);

/// One triple of the elements of several; zeros where all counts are 0.
Triple merge(const std::vector<Triple> &parts);

/// variance = sum((x - mean)^2) / m, and 0 where m is 0.
Statistics statistics(const Triple &triple);
Statistics statistics(const Shape &shape, const View<const double> &x);

/// 1 / sqrt(variance + eps), and 0 where variance + eps is 0.
Real inverse_deviation(Real variance, double eps);
Channels inverse_deviation(const Channels &variance, double eps);

/// momentum weights the old value.
Real running(Real old_value, Real batch_value, double momentum);

/// The momentum with which running statistics are the mean of all batches, after `batches` of them.
double cumulative_momentum(int64_t batches);

/// What an unbiased running variance averages: variance * m / (m - 1), for m = 1 the biased one.
Real unbiased(Real variance, Real count);

// Epilogues.

enum class Activation { none, relu, leaky_relu, relu6, silu, gelu, gelu_tanh, sigmoid, tanh, hard_swish };

struct Epilogue {
    Activation activation;
    double slope; ///< of leaky_relu
};

/// f(z). NaN passes through; at an infinite z the limit.
Real apply(const Epilogue &epilogue, Real z);

/// dz = dy * f'(z), with f' = 0 at relu's 0 and relu6's 0 and 6; f' is leaky_relu's slope at 0, 0 and 1 at hard_swish's -3
/// and 3. Activations that only cut or scale (the first four) let dy through at a z of NaN.
Real gradient(const Epilogue &epilogue, Real z, Real dy);

/// The same for relu, leaky_relu and relu6 from y = f(z).
Real gradient_at_output(const Epilogue &epilogue, Real y, Real dy);

// The tensors.

/// y = f((x - mean) * invstd * gamma + beta + r); without a residual r is 0.
void forward(const Shape &shape, const View<const double> &x, const Affine &affine, const View<const double> *residual,
             const Epilogue &epilogue, const View<Real> &y);

/// (m, sum(dz), sum(dz * (x - mean)))
Triple backward_reduce(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Channels &mean);

/// The triples' sum.
Triple backward_merge(const std::vector<Triple> &parts);

/// dbeta = sum(dz), dgamma = sum(dz * xhat), xhat = (x - mean) * invstd
Sums backward_sums(const Triple &triple, const Channels &invstd);

/// Statistics were computed from x: dx = gamma * invstd * (dz - dbeta / m - xhat * dgamma / m)
void backward_train(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Affine &affine,
                    const Sums &sums, const View<Real> &dx);

/// Statistics are constants: dx = gamma * invstd * dz
void backward_frozen(const Shape &shape, const View<const Real> &dz, const Affine &affine, const View<Real> &dx);

// The expressions whose bits are part of the semantics, each operation rounded by itself (no FMA), in float or double. A
// kernel writes f of the pre-activation in forward and recomputes it in backward, where it decides the derivative: both must
// agree to the bit.

template <typename T>
T strict_invstd(T variance, double eps); ///< float64 inside, rounded once
double strict_running(double old_value, double batch_value, double momentum);
template <typename T>
T strict_scale(T gamma, T invstd);
/// (x - mean) * scale + beta
template <typename T>
T strict_affine(T x, T mean, T scale, T beta);
/// The affine step, then the residual.
template <typename T>
T strict_add(T affine, T residual);
/// f of none, relu, leaky_relu and relu6, which round at most once.
template <typename T>
T strict_apply(const Epilogue &epilogue, T z);

} // namespace normforge::reference
