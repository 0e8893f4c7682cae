// SPDX-License-Identifier: MIT
// The specification, see reference.h. Loops are written to be read, not to be fast; sums run in Real in index order.
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

Statistics statistics(const Shape &shape, const View<const double> &x) {
    const auto m = static_cast<Real>(shape.per_channel());
    Statistics result{Channels(shape.c), Channels(shape.c)};
    for (int64_t c = 0; c < shape.c; ++c) {
        Real sum = 0;
        for_each_of_channel(shape, [&](int64_t n, int64_t s) { sum += x(n, c, s); });
        const Real mean = sum / m;

        Real squares = 0;
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const Real centred = x(n, c, s) - mean;
            squares += centred * centred;
        });
        result.mean[c] = mean;
        result.variance[c] = squares / m;
    }
    return result;
}

Real inverse_deviation(Real variance, double eps) {
    return variance + eps == 0 ? 0 : 1 / std::sqrt(variance + eps);
}

Channels inverse_deviation(const Channels &variance, double eps) {
    Channels result;
    for (const Real v : variance) result.push_back(inverse_deviation(v, eps));
    return result;
}

Real running(Real old_value, Real batch_value, double momentum) {
    return momentum * old_value + (1 - momentum) * batch_value;
}

Real apply(Epilogue epilogue, Real z) {
    return epilogue == Epilogue::relu && z <= 0 ? 0 : z;
}

void forward(const Shape &shape, const View<const double> &x, const Affine &affine, Epilogue epilogue, const View<Real> &y) {
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const Real xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
            y(n, c, s) = apply(epilogue, xhat * affine.gamma[c] + affine.beta[c]);
        });
    }
}

void mask_gradient(const Shape &shape, const View<const double> &dy, const View<const uint8_t> &mask, const View<Real> &dz) {
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) { dz(n, c, s) = mask(n, c, s) ? dy(n, c, s) : 0; });
    }
}

Sums backward_sums(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Affine &affine) {
    Sums result{Channels(shape.c), Channels(shape.c)};
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const Real xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
            result.dbeta[c] += dz(n, c, s);
            result.dgamma[c] += dz(n, c, s) * xhat;
        });
    }
    return result;
}

void backward_train(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Affine &affine,
                    const Sums &sums, const View<Real> &dx) {
    const auto m = static_cast<Real>(shape.per_channel());
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const Real xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
            dx(n, c, s) = affine.gamma[c] * affine.invstd[c] * (dz(n, c, s) - sums.dbeta[c] / m - xhat * sums.dgamma[c] / m);
        });
    }
}

void backward_frozen(const Shape &shape, const View<const Real> &dz, const Affine &affine, const View<Real> &dx) {
    for (int64_t c = 0; c < shape.c; ++c) {
        for_each_of_channel(shape,
                            [&](int64_t n, int64_t s) { dx(n, c, s) = affine.gamma[c] * affine.invstd[c] * dz(n, c, s); });
    }
}

} // namespace normforge::reference
