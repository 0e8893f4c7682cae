// SPDX-License-Identifier: MIT
// How far two measurements of the same thing lie apart.
#include "tools/normforge/report/figures.h"

#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/plot.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::report {

/// Above so many cases points overlap, and become small.
static constexpr size_t kMostLarge = 120;

std::string noise_figure(const std::vector<bench::Case> &cases) {
    Cases sorted;
    for (const auto &one : cases) sorted.push_back(&one);
    std::sort(sorted.begin(), sorted.end(), [](const auto *a, const auto *b) { return a->noise() < b->noise(); });
    std::vector<double> ratios;
    for (const bench::Case *one : sorted) ratios.push_back(one->noise());
    const double mean = geometric_mean(ratios), high = std::max(1.02, 1 + 1.08 * (ratios.back() - 1));
    const auto count = static_cast<double>(sorted.size());

    Svg svg(680, 260, "noise-figure", "Noise: normforge over itself, case by case, in ascending order",
            fmt::format("Geometric mean {:.3f}, largest {:.3f}.", mean, ratios.back()));
    const Plot plot(svg, {Spacing::linear, 0, count + 1, "cases, least noise first", false},
                    {Spacing::linear, 1, high, "larger median / smaller", false});
    svg.line(plot.at(0, mean), plot.at(count + 1, mean), "mean");
    const bool is_dense = sorted.size() > kMostLarge;
    for (size_t i = 0; i < sorted.size(); i++) {
        const bool cold = sorted[i]->cold;
        svg.marker(cold ? Marker::circle : Marker::diamond, plot.at(static_cast<double>(i + 1), ratios[i]), is_dense ? 2 : 4,
                   std::string(cold ? "point cold" : "point warm") + (is_dense ? " dense" : ""),
                   fmt::format("{}: {:.3f}", sorted[i]->where(), ratios[i]));
    }
    return figure(legend({{marker_sample(Marker::circle, "point cold"), "cold"},
                          {marker_sample(Marker::diamond, "point warm"), "warm"},
                          {line_sample("mean"), fmt::format("geometric mean {:.3f}", mean)}}),
                  svg, "A difference between two competitors that is no larger than this may be chance.", true);
}

} // namespace normforge::report
