// SPDX-License-Identifier: MIT
// How far two measurements of the same thing lie apart.
#include "tools/normforge/report/figures.h"

#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/plot.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace normforge::report {

namespace {

/// Above so many points they overlap, and become small.
constexpr size_t kMostLarge = 120;

/// How each kind is drawn, as NoisePoint::Kind.
struct Look {
    Marker marker;
    const char *style, *meaning;
};
constexpr Look kLooks[] = {{Marker::circle, "point cold", "cold"},
                           {Marker::diamond, "point warm", "warm"},
                           {Marker::triangle, "point cold", "the default in the tuner's final rounds"}};

} // namespace

std::string noise_figure(std::vector<NoisePoint> points) {
    std::sort(points.begin(), points.end(), [](const auto &a, const auto &b) { return a.ratio < b.ratio; });
    std::vector<double> ratios;
    for (const NoisePoint &one : points) ratios.push_back(one.ratio);
    const double mean = geometric_mean(ratios), high = std::max(1.02, 1 + 1.08 * (ratios.back() - 1));
    const auto count = static_cast<double>(points.size());

    Svg svg(680, 260, "noise-figure", "Noise: normforge over itself, case by case, in ascending order",
            fmt::format("Geometric mean {:.3f}, largest {:.3f}.", mean, ratios.back()));
    const Plot plot(svg, {Spacing::linear, 0, count + 1, "cases, least noise first", false},
                    {Spacing::linear, 1, high, "larger median / smaller", false});
    svg.line(plot.at(0, mean), plot.at(count + 1, mean), "mean");
    const bool is_dense = points.size() > kMostLarge;
    for (size_t i = 0; i < points.size(); i++) {
        const Look &look = kLooks[static_cast<size_t>(points[i].kind)];
        svg.marker(look.marker, plot.at(static_cast<double>(i + 1), ratios[i]), is_dense ? 2 : 4,
                   std::string(look.style) + (is_dense ? " dense" : ""),
                   fmt::format("{}: {:.3f}", points[i].where, ratios[i]));
    }
    std::vector<std::pair<std::string, std::string>> entries;
    for (size_t kind = 0; kind < std::size(kLooks); kind++) {
        const Look &look = kLooks[kind];
        if (std::any_of(points.begin(), points.end(),
                        [&](const auto &one) { return static_cast<size_t>(one.kind) == kind; }))
            entries.emplace_back(marker_sample(look.marker, look.style), look.meaning);
    }
    entries.emplace_back(line_sample("mean"), fmt::format("geometric mean {:.3f}", mean));
    return figure(legend(entries), svg, "A difference between two competitors that is no larger than this may be chance.",
                  true);
}

} // namespace normforge::report
