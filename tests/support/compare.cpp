// SPDX-License-Identifier: MIT
// The reference applied to a problem, see compare.h. Names and S as in docs/numerics.md.
#include "tests/support/compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace normforge::testing {

using reference::Affine;
using reference::Channels;
using reference::Epilogue;
using reference::Shape;

namespace {

Channels widen(const std::vector<float> &values) {
    return {values.begin(), values.end()};
}

Epilogue epilogue_of(const nf_description &description) {
    return description.epilogue == NF_EPILOGUE_RELU ? Epilogue::relu : Epilogue::none;
}

/// What the affine step of this op takes, as f32 kernels round it.
struct AffineF32 {
    std::vector<float> mean, invstd;
};

AffineF32 affine_of(const nf_description &description, const Inputs &in, const Results &results) {
    if (description.op == NF_FORWARD_TRAIN) return {results[Output::mean], results[Output::invstd]};
    if (description.op == NF_BACKWARD_TRAIN) return {in.saved_mean, in.saved_invstd};
    std::vector<float> invstd;
    invstd.reserve(in.running_variance.size());
    for (const float v : in.running_variance) invstd.push_back(reference::strict_invstd(v, description.eps));
    return {in.running_mean, invstd};
}

/// The same in float64; where the kernel computes invstd itself, its rounding counts as an error.
Affine exact_affine(const nf_description &description, const Inputs &in, const AffineF32 &rounded) {
    const bool computed = description.op == NF_FORWARD_INFERENCE || description.op == NF_BACKWARD_FROZEN;
    return {widen(rounded.mean),
            computed ? reference::inverse_deviation(widen(in.running_variance), description.eps) : widen(rounded.invstd),
            widen(in.gamma), widen(in.beta)};
}

template <typename Body>
void for_each(const Shape &shape, Body body) {
    int64_t i = 0;
    for (int64_t n = 0; n < shape.n; ++n) {
        for (int64_t c = 0; c < shape.c; ++c) {
            for (int64_t s = 0; s < shape.s; ++s) body(c, i++);
        }
    }
}

/// Collects the largest errors of one comparison.
class Tally {
public:
    Tally(nf_op op, int64_t m, const Results &results) : op_(op), m_(m), results_(results) {}

    /// `wanted(i)` and `unit(i)` give the exact value and the unit of element i.
    template <typename Wanted, typename Unit>
    void add(Output output, Wanted wanted, Unit unit) {
        const std::vector<float> &got = results_[output];
        Measured measured{output, 0, bound_of(op_, output, m_), 0};
        for (size_t i = 0; i < got.size(); ++i) {
            const double error = error_in(unit(i), got[i], wanted(i));
            if (!(error <= measured.error)) measured = {output, error, measured.bound, static_cast<int64_t>(i)};
        }
        comparison.outputs.push_back(measured);
        comparison.elements += static_cast<int64_t>(got.size());
    }

    Comparison comparison;

private:
    nf_op op_;
    int64_t m_;
    const Results &results_;
};

void compare_statistics(const nf_description &d, const Inputs &in, const Results &results, Tally &tally) {
    const Shape &shape = in.shape;
    const auto exact = reference::statistics(shape, reference::dense<const float>(in.x.data(), shape));
    Channels largest(shape.c);
    for_each(shape, [&](int64_t c, int64_t i) { largest[c] = std::max<double>(largest[c], std::abs(in.x[i])); });
    const Channels invstd = reference::inverse_deviation(exact.variance, d.eps);

    tally.add(
        Output::mean,
        [&](size_t c) {
            // With an infinite element the shifted sum is NaN where a plain sum is infinite: both say that there is no mean.
            const float got = results[Output::mean][c];
            return std::isfinite(exact.mean[c]) || std::isfinite(got) ? exact.mean[c] : double{got};
        },
        [&](size_t c) { return ulp(largest[c]); });
    tally.add(
        Output::variance, [&](size_t c) { return exact.variance[c]; },
        [&](size_t c) { return relative_unit(exact.variance[c]); });
    tally.add(Output::invstd, [&](size_t c) { return invstd[c]; }, [&](size_t c) { return relative_unit(invstd[c]); });

    const auto add_running = [&](Output output, const std::vector<float> &before, const std::vector<float> &batch) {
        tally.add(
            output, [&](size_t c) { return reference::running(before[c], batch[c], d.momentum); },
            [&](size_t c) { return ulp(reference::running(std::abs(before[c]), std::abs(batch[c]), d.momentum)); });
    };
    add_running(Output::running_mean, in.running_mean, results[Output::mean]);
    add_running(Output::running_variance, in.running_variance, results[Output::variance]);
}

/// A factor of S that is rounded to f32 on the way: below the smallest normal number that rounding is not relative any more.
double normal(double factor) {
    return std::max<double>(factor, std::numeric_limits<float>::min());
}

/// |gamma| * invstd of S
double scale_of(const Affine &affine, int64_t c) {
    return normal(std::abs(affine.gamma[c]) * normal(affine.invstd[c]));
}

/// S of y: |gamma| * invstd * (|x| + |mean|) + |beta|
double forward_scale(const Affine &affine, int64_t c, double x) {
    return scale_of(affine, c) * (std::abs(x) + std::abs(affine.mean[c])) + std::abs(affine.beta[c]);
}

void compare_forward(const nf_description &d, const Inputs &in, const Affine &affine, Tally &tally) {
    const Shape &shape = in.shape;
    std::vector<double> y(in.x.size()), unit(in.x.size());
    reference::forward(shape, reference::dense<const float>(in.x.data(), shape), affine, epilogue_of(d),
                       reference::dense(y.data(), shape));
    for_each(shape, [&](int64_t c, int64_t i) { unit[i] = ulp(forward_scale(affine, c, in.x[i])); });
    tally.add(Output::y, [&](size_t i) { return y[i]; }, [&](size_t i) { return unit[i]; });
}

/// The kernel's ReLU mask, and how many pre-activations are so near 0 that rounding decides it.
std::vector<uint8_t> mask_of(const nf_description &d, const Inputs &in, const AffineF32 &rounded, const Affine &affine,
                             int64_t &near_zero) {
    const Epilogue epilogue = epilogue_of(d);
    const double bound = bound_of(d.op, Output::y, in.shape.per_channel());
    std::vector<uint8_t> mask(in.x.size());
    for_each(in.shape, [&](int64_t c, int64_t i) {
        const float scale = reference::strict_scale(in.gamma[c], rounded.invstd[c]);
        const float z = reference::strict_pre_activation(in.x[i], rounded.mean[c], scale, in.beta[c]);
        mask[i] = reference::strict_mask(epilogue, z);
        if (epilogue == Epilogue::relu && std::abs(z) <= bound * ulp(forward_scale(affine, c, in.x[i]))) ++near_zero;
    });
    return mask;
}

void compare_backward(const nf_description &d, const Inputs &in, const Results &results, const AffineF32 &rounded,
                      const Affine &affine, Tally &tally) {
    const Shape &shape = in.shape;
    const auto m = static_cast<double>(shape.per_channel());
    const auto x = reference::dense<const float>(in.x.data(), shape);
    const std::vector<uint8_t> mask = mask_of(d, in, rounded, affine, tally.comparison.near_zero);
    std::vector<double> dz(in.x.size()), dx(in.x.size()), unit(in.x.size());
    reference::mask_gradient(shape, reference::dense<const float>(in.dy.data(), shape),
                             reference::dense<const uint8_t>(mask.data(), shape), reference::dense(dz.data(), shape));
    const auto dz_view = reference::dense<const double>(dz.data(), shape);

    const reference::Sums exact = reference::backward_sums(shape, x, dz_view, affine);
    reference::Sums magnitude{Channels(shape.c), Channels(shape.c)};
    for_each(shape, [&](int64_t c, int64_t i) {
        magnitude.dbeta[c] += std::abs(dz[i]);
        magnitude.dgamma[c] += std::abs(dz[i] * (in.x[i] - affine.mean[c]) * normal(affine.invstd[c]));
    });
    tally.add(Output::dgamma, [&](size_t c) { return exact.dgamma[c]; }, [&](size_t c) { return ulp(magnitude.dgamma[c]); });
    tally.add(Output::dbeta, [&](size_t c) { return exact.dbeta[c]; }, [&](size_t c) { return ulp(magnitude.dbeta[c]); });

    const bool train = d.op == NF_BACKWARD_TRAIN;
    const reference::Sums written{widen(results[Output::dbeta]), widen(results[Output::dgamma])};
    if (train)
        reference::backward_train(shape, x, dz_view, affine, written, reference::dense(dx.data(), shape));
    else
        reference::backward_frozen(shape, dz_view, affine, reference::dense(dx.data(), shape));
    for_each(shape, [&](int64_t c, int64_t i) {
        const double xhat = (in.x[i] - affine.mean[c]) * normal(affine.invstd[c]);
        const double corrections = train ? (std::abs(written.dbeta[c]) + std::abs(xhat * written.dgamma[c])) / m : 0;
        unit[i] = ulp(scale_of(affine, c) * (std::abs(dz[i]) + corrections));
    });
    tally.add(Output::dx, [&](size_t i) { return dx[i]; }, [&](size_t i) { return unit[i]; });
}

/// An empty batch has no statistics: everything in/out stays, sums are 0.
Comparison compare_empty(nf_op op, const Inputs &in, Tally &tally) {
    const auto zero = [](size_t) { return 0.0; };
    const auto spacing = [](size_t) { return ulp(0); };
    if (!is_forward(op)) {
        tally.add(Output::dgamma, zero, spacing);
        tally.add(Output::dbeta, zero, spacing);
    }
    if (op == NF_FORWARD_TRAIN) {
        tally.add(Output::running_mean, [&](size_t c) { return in.running_mean[c]; }, spacing);
        tally.add(Output::running_variance, [&](size_t c) { return in.running_variance[c]; }, spacing);
    }
    return tally.comparison;
}

} // namespace

bool Comparison::within_bounds() const {
    return std::all_of(outputs.begin(), outputs.end(), [](const Measured &m) { return m.error <= m.bound; });
}

Comparison compare(const Problem &problem, const Inputs &in, const Results &results) {
    const nf_description &d = problem.description;
    Tally tally(d.op, in.shape.per_channel(), results);
    if (in.shape.per_channel() == 0) return compare_empty(d.op, in, tally);

    const AffineF32 rounded = affine_of(d, in, results);
    const Affine affine = exact_affine(d, in, rounded);
    if (d.op == NF_FORWARD_TRAIN) compare_statistics(d, in, results, tally);
    if (is_forward(d.op))
        compare_forward(d, in, affine, tally);
    else
        compare_backward(d, in, results, rounded, affine, tally);
    return tally.comparison;
}

std::string to_string(const Comparison &comparison, bool failures_only) {
    std::string text;
    for (const Measured &m : comparison.outputs) {
        if (failures_only && m.error <= m.bound) continue;
        char item[128];
        std::snprintf(item, sizeof item, "%s%s %.3g of %.3g at %lld", text.empty() ? "" : ", ", name_of(m.output), m.error,
                      m.bound, static_cast<long long>(m.at));
        text += item;
    }
    return text;
}

std::string exact_difference(const Problem &problem, const Inputs &in, const Results &results) {
    const nf_description &d = problem.description;
    const Shape &shape = in.shape;
    Results wanted = results;
    if (d.op == NF_FORWARD_TRAIN) {
        const auto exact = reference::statistics(shape, reference::dense<const float>(in.x.data(), shape));
        for (int64_t c = 0; c < shape.c; ++c) {
            wanted[Output::mean][c] = static_cast<float>(exact.mean[c]);
            wanted[Output::variance][c] = static_cast<float>(exact.variance[c]);
            wanted[Output::invstd][c] = static_cast<float>(reference::inverse_deviation(exact.variance[c], d.eps));
            wanted[Output::running_mean][c] =
                static_cast<float>(reference::running(in.running_mean[c], exact.mean[c], d.momentum));
            wanted[Output::running_variance][c] =
                static_cast<float>(reference::running(in.running_variance[c], exact.variance[c], d.momentum));
        }
    }
    const AffineF32 affine = affine_of(d, in, wanted);
    for_each(shape, [&](int64_t c, int64_t i) {
        const float scale = reference::strict_scale(in.gamma[c], affine.invstd[c]);
        const float z = reference::strict_pre_activation(in.x[i], affine.mean[c], scale, in.beta[c]);
        wanted[Output::y][i] = reference::strict_mask(epilogue_of(d), z) ? z : 0;
    });
    return first_difference(results, wanted);
}

} // namespace normforge::testing
