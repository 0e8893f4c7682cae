// SPDX-License-Identifier: MIT
// Statistics, of a tensor and of triples, and what is made of them.
#include "tests/support/compare_parts.h"

namespace normforge::testing {

using reference::Channels;
using reference::Real;
using reference::Triple;

namespace {

double momentum_of(const nf_description &d, const Inputs &in) {
    return d.average == NF_AVERAGE_CUMULATIVE ? reference::cumulative_momentum(in.batches_averaged) : d.momentum;
}

/// Running statistics average the saved ones as they were written. A channel of no elements leaves them alone.
void compare_running(Tally &tally, const Channels &count) {
    const nf_description &d = tally.d;
    const double momentum = momentum_of(d, tally.in);
    const auto add = [&](Output output, const Values &before, auto batch) {
        const auto weight = [&](size_t c) { return count[c] > 0 ? momentum : 1; };
        tally.add(
            output, [&](size_t c) { return reference::running(before[c], batch(c), weight(c)); },
            [&](size_t c) { return reference::running(std::abs(before[c]), std::abs(batch(c)), weight(c)); });
    };
    const Values &mean = tally.results[Output::mean], &variance = tally.results[Output::variance];
    if (!mean.empty()) add(Output::running_mean, tally.in.running_mean, [&](size_t c) { return Real{mean[c]}; });
    if (variance.empty()) return;
    add(Output::running_variance, tally.in.running_variance, [&](size_t c) {
        return d.running_variance == NF_VARIANCE_UNBIASED ? reference::unbiased(variance[c], count[c]) : Real{variance[c]};
    });
}

} // namespace

void compare_statistics(Tally &tally) {
    const Inputs &in = tally.in;
    const Triple exact = reference::stats(tally.shape(), tally.x());
    const auto [means, variances] = reference::statistics(exact);
    const Channels invstd = reference::inverse_deviation(variances, tally.d.eps);
    Channels largest(tally.shape().c);
    for_each(tally.shape(), [&](int64_t c, int64_t i) { largest[c] = std::max<Real>(largest[c], std::abs(in.x[i])); });

    for (const Output output : {Output::mean, Output::first}) {
        const Values &got = tally.results[output];
        tally.add(
            output,
            // With an infinite element the shifted sum is NaN where a plain sum is infinite: both say that there is no mean.
            [&, &mean = means](size_t c) {
                return std::isfinite(mean[c]) || std::isfinite(got[c]) ? mean[c] : Real{got[c]};
            },
            [&](size_t c) { return largest[c]; });
    }
    const auto relative = [&](Output output, const Channels &values) {
        tally.add_relative(output, [&](size_t c) { return values[c]; }, [&](size_t c) { return values[c]; });
    };
    relative(Output::variance, variances);
    relative(Output::invstd, invstd);
    relative(Output::count, exact.count);
    relative(Output::second, exact.second);
    compare_running(tally, exact.count);
}

void compare_merge(Tally &tally) {
    const std::vector<Triple> parts = triples_of(tally.in.triples, tally.shape().c);
    const Triple exact = reference::merge(parts);
    const auto [means, variances] = reference::statistics(exact);
    const Channels invstd = reference::inverse_deviation(variances, tally.d.eps);
    // A difference of means has the absolute error of the means themselves: S of the squares has it once, that of the
    // variance per element.
    Channels largest(tally.shape().c), squares = exact.second, variance_scale = variances, invstd_scale = invstd;
    for (size_t c = 0; c < largest.size(); ++c) {
        Real apart = 0;
        for (const Triple &part : parts) {
            if (part.count[c] == 0) continue;
            largest[c] = std::max(largest[c], std::abs(part.first[c]));
            apart = std::max(apart, 2 * std::abs(part.first[c] - exact.first[c]));
        }
        squares[c] += exact.count[c] * largest[c] * apart;
        if (exact.second[c] > 0) {
            variance_scale[c] *= squares[c] / exact.second[c];
            invstd_scale[c] *= squares[c] / exact.second[c];
        }
    }
    tally.add_relative(
        Output::merged_count, [&](size_t c) { return exact.count[c]; }, [&](size_t c) { return exact.count[c]; });
    tally.add(Output::merged_first, [&](size_t c) { return exact.first[c]; }, [&](size_t c) { return largest[c]; });
    tally.add_relative(
        Output::merged_second, [&](size_t c) { return exact.second[c]; }, [&](size_t c) { return squares[c]; });
    // f32 statistics see the f64 merge through one rounding.
    const bool wide = statistic_type(tally.d) == NF_F64;
    const auto scale = [&](const Channels &merged, const Channels &rounded) -> const Channels & {
        return wide ? merged : rounded;
    };
    tally.add(Output::mean, [&, &mean = means](size_t c) { return mean[c]; }, [&](size_t c) { return largest[c]; });
    tally.add_relative(
        Output::variance, [&, &variance = variances](size_t c) { return variance[c]; },
        [&, &variance = variances](size_t c) { return scale(variance_scale, variance)[c]; });
    tally.add_relative(
        Output::invstd, [&](size_t c) { return invstd[c]; }, [&](size_t c) { return scale(invstd_scale, invstd)[c]; });
    compare_running(tally, exact.count);
}

} // namespace normforge::testing
