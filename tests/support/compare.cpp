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

Channels widen(const Values &values) {
    return {values.begin(), values.end()};
}

Epilogue epilogue_of(const nf_description &description) {
    return description.epilogue == NF_EPILOGUE_RELU ? Epilogue::relu : Epilogue::none;
}

/// The affine step as kernels compute it: in float or double, every operation rounded by itself.
class StrictAffine {
public:
    StrictAffine(nf_dtype arithmetic, Values means, Values invstds, const Inputs &inputs)
        : mean(std::move(means)), invstd(std::move(invstds)), wide_(arithmetic == NF_F64), in_(inputs) {}

    /// The pre-activation of element i of channel c.
    double operator()(int64_t c, int64_t i) const {
        return wide_ ? pre_activation<double>(c, i) : pre_activation<float>(c, i);
    }

    Values mean, invstd;

private:
    template <typename T>
    double pre_activation(int64_t c, int64_t i) const {
        const T scale = reference::strict_scale(static_cast<T>(in_.gamma[c]), static_cast<T>(invstd[c]));
        return reference::strict_pre_activation(static_cast<T>(in_.x[i]), static_cast<T>(mean[c]), scale,
                                                static_cast<T>(in_.beta[c]));
    }

    bool wide_;
    const Inputs &in_;
};

StrictAffine affine_of(const nf_description &description, const Inputs &in, const Results &results) {
    const nf_dtype type = arithmetic_type(description);
    if (description.op == NF_FORWARD_TRAIN) return {type, results[Output::mean], results[Output::invstd], in};
    if (description.op == NF_BACKWARD_TRAIN) return {type, in.saved_mean, in.saved_invstd, in};
    Values invstd;
    for (const double v : in.running_variance) {
        invstd.push_back(type == NF_F64 ? reference::strict_invstd(v, description.eps)
                                        : reference::strict_invstd(static_cast<float>(v), description.eps));
    }
    return {type, in.running_mean, invstd, in};
}

/// The same in Real; where the kernel computes invstd itself, its rounding counts as an error.
Affine exact_affine(const nf_description &description, const Inputs &in, const StrictAffine &rounded) {
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
    Tally(const nf_description &description, int64_t m, const Results &results)
        : description_(description), m_(m), results_(results) {}

    /// `wanted(i)` and `unit(i)` give the exact value and the unit of element i.
    template <typename Wanted, typename Unit>
    void add(Output output, Wanted wanted, Unit unit) {
        const Values &got = results_[output];
        Measured measured{output, 0, bound_of(description_, output, m_), 0};
        for (size_t i = 0; i < got.size(); ++i) {
            const double error = error_in(unit(i), got[i], wanted(i));
            if (!(error <= measured.error)) measured = {output, error, measured.bound, static_cast<int64_t>(i)};
        }
        comparison.outputs.push_back(measured);
        comparison.elements += static_cast<int64_t>(got.size());
    }

    Comparison comparison;

private:
    const nf_description &description_;
    int64_t m_;
    const Results &results_;
};

void compare_statistics(const nf_description &d, const Inputs &in, const Results &results, Tally &tally) {
    const Shape &shape = in.shape;
    const auto exact = reference::statistics(shape, reference::dense<const double>(in.x.data(), shape));
    Channels largest(shape.c);
    for_each(shape, [&](int64_t c, int64_t i) { largest[c] = std::max<reference::Real>(largest[c], std::abs(in.x[i])); });
    const Channels invstd = reference::inverse_deviation(exact.variance, d.eps);
    const nf_dtype statistic = statistic_type(d);

    tally.add(
        Output::mean,
        [&](size_t c) {
            // With an infinite element the shifted sum is NaN where a plain sum is infinite: both say that there is no mean.
            const double got = results[Output::mean][c];
            return std::isfinite(exact.mean[c]) || std::isfinite(got) ? exact.mean[c] : reference::Real{got};
        },
        [&](size_t c) { return ulp(statistic, static_cast<double>(largest[c])); });
    tally.add(
        Output::variance, [&](size_t c) { return exact.variance[c]; },
        [&](size_t c) { return relative_unit(statistic, static_cast<double>(exact.variance[c])); });
    tally.add(
        Output::invstd, [&](size_t c) { return invstd[c]; },
        [&](size_t c) { return relative_unit(statistic, static_cast<double>(invstd[c])); });

    const auto add_running = [&](Output output, const Values &before, const Values &batch) {
        tally.add(
            output, [&](size_t c) { return reference::running(before[c], batch[c], d.momentum); },
            [&](size_t c) {
                return ulp(statistic,
                           static_cast<double>(reference::running(std::abs(before[c]), std::abs(batch[c]), d.momentum)));
            });
    };
    add_running(Output::running_mean, in.running_mean, results[Output::mean]);
    add_running(Output::running_variance, in.running_variance, results[Output::variance]);
}

/// A factor of S that is rounded on the way, to f32 at worst: below the smallest normal number that rounding is not relative
/// any more.
double normal(reference::Real factor) {
    return std::max(static_cast<double>(factor), double{std::numeric_limits<float>::min()});
}

/// |gamma| * invstd of S
double scale_of(const Affine &affine, int64_t c) {
    return normal(std::abs(affine.gamma[c]) * normal(affine.invstd[c]));
}

/// S of y: |gamma| * invstd * (|x| + |mean|) + |beta|
double forward_scale(const Affine &affine, int64_t c, double x) {
    return static_cast<double>(scale_of(affine, c) * (std::abs(x) + std::abs(affine.mean[c])) + std::abs(affine.beta[c]));
}

void compare_forward(const nf_description &d, const Inputs &in, const Affine &affine, Tally &tally) {
    const Shape &shape = in.shape;
    std::vector<reference::Real> y(in.x.size());
    Values unit(in.x.size());
    reference::forward(shape, reference::dense<const double>(in.x.data(), shape), affine, epilogue_of(d),
                       reference::dense(y.data(), shape));
    for_each(shape, [&](int64_t c, int64_t i) { unit[i] = ulp(d.x.dtype, forward_scale(affine, c, in.x[i])); });
    tally.add(Output::y, [&](size_t i) { return y[i]; }, [&](size_t i) { return unit[i]; });
}

/// The kernel's ReLU mask, and how many pre-activations are so near 0 that rounding decides it.
std::vector<uint8_t> mask_of(const nf_description &d, const Inputs &in, const StrictAffine &rounded, const Affine &affine,
                             int64_t &near_zero) {
    const Epilogue epilogue = epilogue_of(d);
    // What forward may differ by before y is stored.
    nf_description stored_as_computed = d;
    const nf_dtype type = stored_as_computed.x.dtype = arithmetic_type(d);
    const double bound = bound_of(stored_as_computed, Output::y, in.shape.per_channel());
    std::vector<uint8_t> mask(in.x.size());
    for_each(in.shape, [&](int64_t c, int64_t i) {
        const double z = rounded(c, i);
        mask[i] = reference::strict_mask(epilogue, z);
        if (epilogue == Epilogue::relu && std::abs(z) <= bound * ulp(type, forward_scale(affine, c, in.x[i]))) ++near_zero;
    });
    return mask;
}

void compare_backward(const nf_description &d, const Inputs &in, const Results &results, const StrictAffine &rounded,
                      const Affine &affine, Tally &tally) {
    const Shape &shape = in.shape;
    const auto m = static_cast<reference::Real>(shape.per_channel());
    const auto x = reference::dense<const double>(in.x.data(), shape);
    const std::vector<uint8_t> mask = mask_of(d, in, rounded, affine, tally.comparison.near_zero);
    std::vector<reference::Real> dz(in.x.size()), dx(in.x.size());
    Values unit(in.x.size());
    reference::mask_gradient(shape, reference::dense<const double>(in.dy.data(), shape),
                             reference::dense<const uint8_t>(mask.data(), shape), reference::dense(dz.data(), shape));
    const auto dz_view = reference::dense<const reference::Real>(dz.data(), shape);

    const reference::Sums exact = reference::backward_sums(shape, x, dz_view, affine);
    const nf_dtype parameter = parameter_type(d);
    reference::Sums magnitude{Channels(shape.c), Channels(shape.c)};
    for_each(shape, [&](int64_t c, int64_t i) {
        magnitude.dbeta[c] += std::abs(dz[i]);
        magnitude.dgamma[c] += std::abs(dz[i] * (in.x[i] - affine.mean[c]) * normal(affine.invstd[c]));
    });
    tally.add(
        Output::dgamma, [&](size_t c) { return exact.dgamma[c]; },
        [&](size_t c) { return ulp(parameter, static_cast<double>(magnitude.dgamma[c])); });
    tally.add(
        Output::dbeta, [&](size_t c) { return exact.dbeta[c]; },
        [&](size_t c) { return ulp(parameter, static_cast<double>(magnitude.dbeta[c])); });

    const bool train = d.op == NF_BACKWARD_TRAIN;
    const reference::Sums written{widen(results[Output::dbeta]), widen(results[Output::dgamma])};
    if (train)
        reference::backward_train(shape, x, dz_view, affine, written, reference::dense(dx.data(), shape));
    else
        reference::backward_frozen(shape, dz_view, affine, reference::dense(dx.data(), shape));
    for_each(shape, [&](int64_t c, int64_t i) {
        const reference::Real xhat = (in.x[i] - affine.mean[c]) * normal(affine.invstd[c]);
        const reference::Real corrections =
            train ? (std::abs(written.dbeta[c]) + std::abs(xhat * written.dgamma[c])) / m : 0;
        unit[i] = ulp(d.x.dtype, static_cast<double>(scale_of(affine, c) * (std::abs(dz[i]) + corrections)));
    });
    tally.add(Output::dx, [&](size_t i) { return dx[i]; }, [&](size_t i) { return unit[i]; });
}

/// An empty batch has no statistics: everything in/out stays, sums are 0.
Comparison compare_empty(const nf_description &d, const Inputs &in, Tally &tally) {
    const auto zero = [](size_t) { return 0.0; };
    const auto spacing = [&](size_t) { return ulp(statistic_type(d), 0); };
    if (!is_forward(d.op)) {
        tally.add(Output::dgamma, zero, spacing);
        tally.add(Output::dbeta, zero, spacing);
    }
    if (d.op == NF_FORWARD_TRAIN) {
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
    Tally tally(d, in.shape.per_channel(), results);
    if (in.shape.per_channel() == 0) return compare_empty(d, in, tally);

    const StrictAffine rounded = affine_of(d, in, results);
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
        const auto exact = reference::statistics(shape, reference::dense<const double>(in.x.data(), shape));
        const nf_dtype type = statistic_type(d);
        for (int64_t c = 0; c < shape.c; ++c) {
            const auto mean = static_cast<double>(exact.mean[c]), variance = static_cast<double>(exact.variance[c]);
            wanted[Output::mean][c] = round_to(type, mean);
            wanted[Output::variance][c] = round_to(type, variance);
            wanted[Output::invstd][c] = round_to(type, reference::strict_invstd(variance, d.eps));
            wanted[Output::running_mean][c] =
                round_to(type, reference::strict_running(in.running_mean[c], mean, d.momentum));
            wanted[Output::running_variance][c] =
                round_to(type, reference::strict_running(in.running_variance[c], variance, d.momentum));
        }
    }
    const StrictAffine affine = affine_of(d, in, wanted);
    for_each(shape, [&](int64_t c, int64_t i) {
        const double z = affine(c, i);
        wanted[Output::y][i] = reference::strict_mask(epilogue_of(d), z) ? round_to(d.x.dtype, z) : 0;
    });
    return first_difference(results, wanted);
}

} // namespace normforge::testing
