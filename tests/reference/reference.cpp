// SPDX-License-Identifier: MIT
// The specification, see reference.h. Loops are written to be read, not to be fast; sums run in float64 in index order.
#include "tests/reference/reference.h"

#include <cmath>

namespace normforge::reference {

namespace {

template <typename Body>
void for_each_of_channel(const Shape &shape, Body body) {
    for (int64_t n = 0; n < shape.n; ++n) {
        for (int64_t s = 0; s < shape.s; ++s) body(n, s);
    }
}

} // namespace

Statistics statistics(const Shape &shape, const View<const float> &x) {
    const auto m = static_cast<double>(shape.per_channel());
    Statistics result{Channels(shape.c), Channels(shape.c)};
    for (int64_t c = 0; c < shape.c; ++c) {
        double sum = 0;
        for_each_of_channel(shape, [&](int64_t n, int64_t s) { sum += x(n, c, s); });
        const double mean = sum / m;

        double squares = 0;
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const double centred = x(n, c, s) - mean;
            squares += centred * centred;
        });
        result.mean[c] = mean;
        result.variance[c] = squares / m;
    }
    return result;
}

double inverse_deviation(double variance, double eps) {
    return variance + eps == 0 ? 0 : 1 / std::sqrt(variance + eps);
}

Channels inverse_deviation(const Channels &variance, double eps) {
    Channels result;
    for (const double v : variance) result.push_back(inverse_deviation(v, eps));
    return result;
}

double running(double old_value, double batch_value, double momentum) {
    return momentum * old_value + (1 - momentum) * batch_value;
}

double apply(Epilogue epilogue, double z) {
    return epilogue == Epilogue::relu && z <= 0 ? 0 : z;
}

void forward(const Shape &shape, const View<const float> &x, const Affine &affine, Epilogue epilogue,
             const View<double> &y) {
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const double xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
            y(n, c, s) = apply(epilogue, xhat * affine.gamma[c] + affine.beta[c]);
        });
    }
}

void mask_gradient(const Shape &shape, const View<const float> &dy, const View<const uint8_t> &mask,
                   const View<double> &dz) {
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) { dz(n, c, s) = mask(n, c, s) ? dy(n, c, s) : 0; });
    }
}

Sums backward_sums(const Shape &shape, const View<const float> &x, const View<const double> &dz, const Affine &affine) {
    Sums result{Channels(shape.c), Channels(shape.c)};
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const double xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
            result.dbeta[c] += dz(n, c, s);
            result.dgamma[c] += dz(n, c, s) * xhat;
        });
    }
    return result;
}

void backward_train(const Shape &shape, const View<const float> &x, const View<const double> &dz, const Affine &affine,
                    const Sums &sums, const View<double> &dx) {
    const auto m = static_cast<double>(shape.per_channel());
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const double xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
            dx(n, c, s) = affine.gamma[c] * affine.invstd[c] * (dz(n, c, s) - sums.dbeta[c] / m - xhat * sums.dgamma[c] / m);
        });
    }
}

void backward_frozen(const Shape &shape, const View<const double> &dz, const Affine &affine, const View<double> &dx) {
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape,
                            [&](int64_t n, int64_t s) { dx(n, c, s) = affine.gamma[c] * affine.invstd[c] * dz(n, c, s); });
    }
}

} // namespace normforge::reference
