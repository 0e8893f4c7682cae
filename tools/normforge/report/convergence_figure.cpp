// SPDX-License-Identifier: MIT
// A search as it went, and what random search would have found by then among the same candidates.
#include "tools/normforge/report/figures.h"

#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/plot.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::report {

namespace {

/// Costs above this share of the default's time are drawn at the upper edge: how bad the worst are is of no interest.
constexpr double kHighestCost = 1.25;

struct Range {
    double low, high;
};
Range range_of(const Search &search, const std::vector<double> &best) {
    double high = 1.02, low = best.back();
    for (const auto &one : search.candidates) {
        if (one.measured()) high = std::max(high, std::min(cost(one), kHighestCost));
    }
    if (search.best_final()) low = std::min(low, cost(*search.best_final()));
    return {low - 0.08 * (high - low), high + 0.04 * (high - low)};
}

void draw_candidates(Svg &svg, const Plot &plot, const Search &search, const Range &range) {
    for (size_t i = 0; i < search.candidates.size(); i++) {
        const Measurement &one = search.candidates[i];
        const auto x = static_cast<double>(i + 1);
        if (one.measured()) {
            svg.marker(Marker::circle, plot.at(x, std::min(cost(one), range.high)), 2, "candidate",
                       fmt::format("{}: {}, cost {:.3f}: {}", i + 1, time_text(median(one.milliseconds)), cost(one),
                                   one.configuration));
        } else {
            svg.marker(Marker::cross, {plot.at(x, range.low).x, plot.bottom() - 6}, 3, "failure",
                       fmt::format("{}: {}: {}: {}", i + 1, name_of(one.outcome), one.message, one.configuration));
        }
    }
}

/// A line that is level between evaluations.
std::vector<Spot> steps(const Plot &plot, const std::vector<double> &values) {
    std::vector<Spot> spots;
    for (size_t i = 0; i < values.size(); i++) {
        const auto x = static_cast<double>(i + 1);
        if (i > 0) spots.push_back(plot.at(x, values[i - 1]));
        spots.push_back(plot.at(x, values[i]));
    }
    return spots;
}

std::vector<Spot> curve(const Plot &plot, const std::vector<double> &values) {
    std::vector<Spot> spots;
    for (size_t i = 0; i < values.size(); i++) spots.push_back(plot.at(static_cast<double>(i + 1), values[i]));
    return spots;
}

} // namespace

std::string convergence_figure(const Search &search, size_t index) {
    const auto costs = search.kept_costs();
    const auto best = running_minimum(costs), random = expected_minimum(costs);
    const Range range = range_of(search, best);
    const auto count = static_cast<double>(costs.size());
    Svg svg(400, 260, fmt::format("convergence-{}", index), "Convergence of the search for " + search.where(),
            fmt::format("Best cost after {}: {:.3f} of the default's time.", count_text(costs.size(), "evaluation"),
                        best.back()));
    const Plot plot(svg, {Spacing::linear, 1, std::max(count, 2.0), "evaluations", false},
                    {Spacing::linear, range.low, range.high, "time / default's time", false});
    svg.line(plot.at(1, 1), plot.at(std::max(count, 2.0), 1), "unit");
    draw_candidates(svg, plot, search, range);
    svg.polyline(curve(plot, random), "random");
    svg.polyline(steps(plot, best), "best");
    if (const Measurement *final = search.best_final())
        svg.marker(Marker::diamond, plot.at(count, cost(*final)), 5, "final",
                   fmt::format("final rounds: cost {:.3f}: {}", cost(*final), final->configuration));
    return figure("", svg,
                  fmt::format("<code>{}</code><br>{}", escape(search.any().problem),
                              escape(fmt::format("{}, {}", search.any().target,
                                                 count_text(static_cast<size_t>(search.any().threads), "thread")))),
                  false);
}

} // namespace normforge::report
