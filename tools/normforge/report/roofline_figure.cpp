// SPDX-License-Identifier: MIT
// Batch normalisation is memory traffic, so its roof is what a copy of the same bytes reaches, which depends on the bytes:
// beyond each cache it comes down. Hence bytes, not arithmetic intensity, along the x axis.
#include "tools/normforge/report/figures.h"

#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/plot.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <map>

namespace normforge::report {

namespace {

/// Above so many cases points are small, and there are no lines from each to its own roof, which would hide them.
constexpr size_t kMostLarge = 60;

struct Style {
    Marker marker;
    const char *point, *roof, *stem;
};
const Style &style_of(const bench::Case &one) {
    static const Style kCold = {Marker::circle, "point cold", "roof cold", "stem cold"};
    static const Style kWarm = {Marker::diamond, "point warm", "roof warm", "stem warm"};
    return one.cold ? kCold : kWarm;
}

double bytes(const bench::Case &one) {
    return static_cast<double>(one.traffic_bytes);
}
double roof(const bench::Case &one) {
    return bytes(one) / one.baseline.median() / 1e6;
}

/// The roof between cases: per half power of two of bytes the median.
void draw_roof(Svg &svg, const Plot &plot, const Cases &cases) {
    std::map<long, std::pair<std::vector<double>, std::vector<double>>> bins;
    for (const bench::Case *one : cases) {
        auto &[sizes, roofs] = bins[std::lround(2 * std::log2(bytes(*one)))];
        sizes.push_back(bytes(*one));
        roofs.push_back(roof(*one));
    }
    std::vector<Spot> line;
    for (const auto &[size, values] : bins)
        line.push_back(plot.at(geometric_mean(values.first), geometric_mean(values.second)));
    if (line.size() > 1) svg.polyline(line, style_of(*cases.front()).roof);
}

void draw_stems(Svg &svg, const Plot &plot, const Cases &cases) {
    for (const bench::Case *one : cases) {
        const Spot top = plot.at(bytes(*one), roof(*one));
        svg.line(top, plot.at(bytes(*one), one->gigabytes_per_second()), style_of(*one).stem);
        svg.marker(Marker::dash, top, 6, style_of(*one).stem, fmt::format("{} of {}", one->baseline.name, one->where()));
    }
}

void draw_cases(Svg &svg, const Plot &plot, const Cases &cases, bool is_dense) {
    for (const bench::Case *one : cases) {
        const Style &style = style_of(*one);
        svg.marker(style.marker, plot.at(bytes(*one), one->gigabytes_per_second()), is_dense ? 2.5 : 4.5,
                   std::string(style.point) + (is_dense ? " dense" : ""),
                   fmt::format("{}: {:.1f} GB/s, {} of {}", one->where(), one->gigabytes_per_second(),
                               percent_text(1 / one->to_baseline()), one->baseline.name));
    }
}

/// Where the caches of the machine end, as far as they are in the plot.
void draw_caches(Svg &svg, const Plot &plot, const BenchFile &file, double low, double high) {
    for (const auto &[name, size] :
         {std::pair{"L1", file.l1_bytes}, {"L2", file.l2_bytes}, {"last level", file.last_level_bytes}}) {
        const auto place = static_cast<double>(size);
        if (place <= low || place >= high) continue;
        svg.line({plot.at(place, 1).x, plot.top()}, {plot.at(place, 1).x, plot.bottom()}, "cache");
        svg.text({plot.at(place, 1).x - 4, plot.bottom() - 6}, name, "note", Anchor::end);
    }
}

std::string roofline_figure(const BenchFile &file, const Cases &cases, int threads, size_t index) {
    double low_bytes = INFINITY, high_bytes = 0, low_rate = INFINITY, high_rate = 0;
    for (const bench::Case *one : cases) {
        low_bytes = std::min(low_bytes, bytes(*one));
        high_bytes = std::max(high_bytes, bytes(*one));
        low_rate = std::min({low_rate, roof(*one), one->gigabytes_per_second()});
        high_rate = std::max({high_rate, roof(*one), one->gigabytes_per_second()});
    }
    low_bytes /= 2;
    high_bytes *= 2;
    const std::string where = fmt::format("{}, {}", file.processor, count_text(static_cast<size_t>(threads), "thread"));
    Svg svg(
        680, 400, fmt::format("roofline-{}", index), "Bandwidth against bytes touched, " + where,
        "A point per case; the line above is the copy or triad of as many bytes. The table of problems has the numbers.");
    const Plot plot(svg, {Spacing::logarithmic, low_bytes, high_bytes, "bytes that the op reads and writes", true},
                    {Spacing::logarithmic, low_rate / 1.3, high_rate * 1.3, "GB/s (bytes by median time)", false});
    draw_caches(svg, plot, file, low_bytes, high_bytes);
    std::vector<std::pair<std::string, std::string>> entries;
    const bool is_dense = cases.size() > kMostLarge;
    for (const bool cold : {true, false}) {
        Cases part;
        std::copy_if(cases.begin(), cases.end(), std::back_inserter(part),
                     [&](const auto *one) { return one->cold == cold; });
        if (part.empty()) continue;
        const Style &style = style_of(*part.front());
        if (!is_dense) draw_stems(svg, plot, part);
        draw_cases(svg, plot, part, is_dense);
        draw_roof(svg, plot, part);
        entries.emplace_back(marker_sample(style.marker, style.point),
                             fmt::format("normforge, {}", part.front()->temperature()));
        entries.emplace_back(line_sample(style.roof), fmt::format("copy or triad, {}", part.front()->temperature()));
    }
    return figure(legend(entries), svg,
                  escape(where) + ". Both axes are logarithmic. " +
                      (is_dense
                           ? "The roof is the median over cases of about as many bytes."
                           : "A line down from the roof ends at the case that it belongs to; its length is what is still "
                             "to be won."),
                  true);
}

} // namespace

std::string roofline_figures(const std::vector<BenchFile> &files) {
    std::string text;
    size_t index = 0;
    for (const auto &file : files) {
        std::map<int, Cases> by_threads;
        for (const auto &one : file.cases) by_threads[one.threads].push_back(&one);
        for (const auto &[threads, cases] : by_threads) text += roofline_figure(file, cases, threads, index++);
    }
    return text;
}

} // namespace normforge::report
