// SPDX-License-Identifier: MIT
// The reference applied to a problem, see compare.h. Statistics and gradients have files of their own.
#include "tests/support/compare.h"

#include "runtime/ops.h"
#include "tests/support/compare_parts.h"
#include <cstdio>

namespace normforge::testing {

namespace {

/// With the statistics that forward_train wrote, or those that the op was given.
StrictAffine affine_of(const nf_description &d, const Inputs &in, const Results &results) {
    if (d.op == NF_FORWARD_TRAIN) return {d, in, results[Output::mean], results[Output::invstd]};
    return given_affine(d, in);
}

/// An empty batch has no statistics: everything in/out stays, sums are 0.
void compare_empty(Tally &tally) {
    const auto nothing = [](size_t) { return 0.0; };
    const auto kept = [&](Output output, const char *name) {
        const OperandRow &row = operand(name);
        const bool updated = access_of(row, tally.d) == Access::update;
        tally.add(output, [&](size_t c) { return updated ? (tally.in.*row.values)[c] : 0; }, nothing);
    };
    kept(Output::dgamma, "dgamma");
    kept(Output::dbeta, "dbeta");
    kept(Output::running_mean, "running_mean");
    kept(Output::running_variance, "running_variance");
    for (const Output output : {Output::count, Output::first, Output::second}) tally.add(output, nothing, nothing);
}

} // namespace

reference::Affine exact_affine(const nf_description &d, const Inputs &in, const StrictAffine &rounded) {
    reference::Affine affine{widen(rounded.mean),
                             uses_running_statistics(d.op) ? reference::inverse_deviation(widen(in.running_variance), d.eps)
                                                           : widen(rounded.invstd),
                             reference::Channels(in.shape.c, 1), reference::Channels(in.shape.c, 0)};
    if (!in.gamma.empty()) affine.gamma = widen(in.gamma);
    if (!in.beta.empty()) affine.beta = widen(in.beta);
    return affine;
}

void compare_forward(Tally &tally) {
    const nf_description &d = tally.d;
    const Inputs &in = tally.in;
    if (d.op == NF_FORWARD_TRAIN && (tally.results[Output::mean].empty() || tally.results[Output::invstd].empty()))
        return; // y from which statistics?
    const reference::Affine affine = exact_affine(d, in, affine_of(d, in, tally.results));
    const auto residual = reference::dense<const double>(in.residual.data(), in.shape);
    std::vector<reference::Real> y(in.x.size());
    reference::forward(in.shape, tally.x(), affine, in.residual.empty() ? nullptr : &residual, epilogue_of(d),
                       reference::dense(y.data(), in.shape));
    Values scale(in.x.size());
    for_each(in.shape, [&](int64_t c, int64_t i) {
        scale[i] = std::max(steepest_slope(d) * forward_scale(in, affine, c, i), static_cast<double>(std::abs(y[i])));
    });
    tally.add(Output::y, [&](size_t i) { return y[i]; }, [&](size_t i) { return scale[i]; });
}

bool Comparison::within_bounds() const {
    return std::all_of(outputs.begin(), outputs.end(), [](const Measured &m) { return m.error <= m.bound; });
}

Comparison compare(const Problem &problem, const Inputs &in, const Results &results) {
    const nf_op op = problem.description.op;
    Tally tally(problem.description, in, results);
    if (is_empty(problem)) {
        compare_empty(tally);
        return tally.comparison;
    }
    if (op == NF_FORWARD_TRAIN || op == NF_STATS) compare_statistics(tally);
    if (writes_y(op)) compare_forward(tally);
    if (op == NF_MERGE) compare_merge(tally);
    if (op == NF_BACKWARD_MERGE) compare_backward_merge(tally);
    if (access_of(operand("dy"), problem.description) == Access::read) compare_backward(tally);
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
    Results wanted = results;
    if (d.op == NF_FORWARD_TRAIN) {
        const auto m = static_cast<double>(in.shape.per_channel());
        const auto exact = reference::statistics(in.shape, reference::dense<const double>(in.x.data(), in.shape));
        for (int64_t c = 0; c < in.shape.c; ++c) {
            const auto mean = static_cast<double>(exact.mean[c]), variance = static_cast<double>(exact.variance[c]);
            const bool unbiased = d.running_variance == NF_VARIANCE_UNBIASED && m > 1;
            const auto put = [&](Output output, double value) { wanted[output][c] = round_to(statistic_type(d), value); };
            put(Output::mean, mean);
            put(Output::variance, variance);
            put(Output::invstd, reference::strict_invstd(variance, d.eps));
            put(Output::running_mean, reference::strict_running(in.running_mean[c], mean, d.momentum));
            put(Output::running_variance,
                reference::strict_running(in.running_variance[c], unbiased ? variance * m / (m - 1) : variance, d.momentum));
        }
    }
    const StrictAffine affine = affine_of(d, in, wanted);
    for_each(in.shape, [&](int64_t c, int64_t i) { wanted[Output::y][i] = round_to(d.x.dtype, affine.value(c, i)); });
    return first_difference(results, wanted);
}

} // namespace normforge::testing
