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

template <typename Body>
void for_each(const Shape &shape, Body body) {
    for (int64_t c = 0; c < shape.c; ++c) for_each_of_channel(shape, [&](int64_t n, int64_t s) { body(n, c, s); });
}

Triple zeros(size_t channels) {
    return {Channels(channels), Channels(channels), Channels(channels)};
}

} // namespace

Triple stats(const Shape &shape, const View<const double> &x) {
    Triple result = zeros(shape.c);
    for (int64_t c = 0; c < shape.c; ++c) {
        const auto m = result.count[c] = static_cast<Real>(shape.per_channel());
        Real sum = 0;
        for_each_of_channel(shape, [&](int64_t n, int64_t s) { sum += x(n, c, s); });
        const Real mean = result.first[c] = sum / m;

        Real squares = 0;
        for_each_of_channel(shape, [&](int64_t n, int64_t s) {
            const Real centred = x(n, c, s) - mean;
            squares += centred * centred;
        });
        result.second[c] = squares;
    }
    return result;
}

Triple merge(const std::vector<Triple> &parts) {
    Triple result = zeros(parts.at(0).count.size());
    for (size_t c = 0; c < result.count.size(); ++c) {
        Real sum = 0;
        for (const Triple &part : parts) {
            result.count[c] += part.count[c];
            sum += part.count[c] * part.first[c];
        }
        if (result.count[c] == 0) continue;
        const Real mean = result.first[c] = sum / result.count[c];
        for (const Triple &part : parts) {
            const Real shift = part.first[c] - mean;
            if (part.count[c] > 0) result.second[c] += part.second[c] + part.count[c] * shift * shift;
        }
    }
    return result;
}

Statistics statistics(const Triple &triple) {
    Statistics result{triple.first, triple.second};
    for (size_t c = 0; c < triple.count.size(); ++c) {
        if (triple.count[c] > 0) result.variance[c] /= triple.count[c];
    }
    return result;
}

Statistics statistics(const Shape &shape, const View<const double> &x) {
    return statistics(stats(shape, x));
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

double cumulative_momentum(int64_t batches) {
    return static_cast<double>(batches) / static_cast<double>(batches + 1);
}

Real unbiased(Real variance, Real count) {
    return count > 1 ? variance * count / (count - 1) : variance;
}

void forward(const Shape &shape, const View<const double> &x, const Affine &affine, const View<const double> *residual,
             const Epilogue &epilogue, const View<Real> &y) {
    for_each(shape, [&](int64_t n, int64_t c, int64_t s) {
        const Real xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
        const Real r = residual ? (*residual)(n, c, s) : 0;
        y(n, c, s) = apply(epilogue, xhat * affine.gamma[c] + affine.beta[c] + r);
    });
}

Triple backward_reduce(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Channels &mean) {
    Triple result = zeros(shape.c);
    for_each(shape, [&](int64_t n, int64_t c, int64_t s) {
        result.count[c] += 1;
        result.first[c] += dz(n, c, s);
        result.second[c] += dz(n, c, s) * (x(n, c, s) - mean[c]);
    });
    return result;
}

Triple backward_merge(const std::vector<Triple> &parts) {
    Triple result = zeros(parts.at(0).count.size());
    for (const Triple &part : parts) {
        for (size_t c = 0; c < result.count.size(); ++c) {
            result.count[c] += part.count[c];
            result.first[c] += part.first[c];
            result.second[c] += part.second[c];
        }
    }
    return result;
}

Sums backward_sums(const Triple &triple, const Channels &invstd) {
    Sums result{triple.count, triple.first, triple.second};
    for (size_t c = 0; c < invstd.size(); ++c) result.dgamma[c] *= invstd[c];
    return result;
}

void backward_train(const Shape &shape, const View<const double> &x, const View<const Real> &dz, const Affine &affine,
                    const Sums &sums, const View<Real> &dx) {
    for_each(shape, [&](int64_t n, int64_t c, int64_t s) {
        const Real m = sums.count[c], xhat = (x(n, c, s) - affine.mean[c]) * affine.invstd[c];
        dx(n, c, s) = affine.gamma[c] * affine.invstd[c] * (dz(n, c, s) - sums.dbeta[c] / m - xhat * sums.dgamma[c] / m);
    });
}

void backward_frozen(const Shape &shape, const View<const Real> &dz, const Affine &affine, const View<Real> &dx) {
    for_each(shape,
             [&](int64_t n, int64_t c, int64_t s) { dx(n, c, s) = affine.gamma[c] * affine.invstd[c] * dz(n, c, s); });
}

} // namespace normforge::reference
