// SPDX-License-Identifier: MIT
// Everything that was timed, case by case, on one axis: time over the copy's or triad's.
#include "tools/normforge/report/figures.h"

#include "tools/normforge/report/plot.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::report {

namespace {

/// So many lines can be looked through; with more, the table is the better view.
constexpr size_t kMostCases = 60;
constexpr double kLineHeight = 40, kTop = 26, kBottom = 46, kWidth = 680, kSide = 16;

struct Style {
    Marker marker;
    std::string name;
};

Style style_of_peer(size_t index) {
    constexpr Marker kMarkers[] = {Marker::square, Marker::triangle, Marker::diamond};
    return {kMarkers[index % std::size(kMarkers)], fmt::format("peer peer{}", index % std::size(kMarkers))};
}

class Lines {
public:
    Lines(const std::vector<bench::Case> &cases, const std::vector<std::string> &peers)
        : peers_(peers),
          svg_(kWidth, kTop + kBottom + kLineHeight * static_cast<double>(cases.size()), "comparison",
               "Time of every competitor over that of copy or triad",
               "A line per case, on a logarithmic axis. The table of problems has the numbers."),
          scale_(scale_of(cases)) {
        const double bottom = svg_.height() - kBottom + 6;
        for (const double tick : scale_.ticks(12)) {
            svg_.line({scale_.at(tick), kTop - 6}, {scale_.at(tick), bottom}, tick == 1 ? "unit" : "grid");
            svg_.text({scale_.at(tick), bottom + 16}, tick_text(tick), "tick", Anchor::middle);
        }
        svg_.text({scale_.at(1), kTop - 12}, "copy, triad", "note", Anchor::middle);
        svg_.text({kWidth / 2, svg_.height() - 8}, "time / time of copy or triad (left is faster)", "label", Anchor::middle);
        double y = kTop;
        for (const auto &one : cases) {
            draw(one, y);
            y += kLineHeight;
        }
    }

    const Svg &svg() const { return svg_; }

private:
    static Scale scale_of(const std::vector<bench::Case> &cases) {
        double low = 0.9, high = 2;
        for (const auto &one : cases) {
            for (const bench::Series *series : one.all_series()) {
                low = std::min(low, series->median() / one.baseline.median());
                high = std::max(high, series->median() / one.baseline.median());
            }
        }
        return {Spacing::logarithmic, low / 1.1, high * 1.15, kSide, kWidth - kSide};
    }

    void draw(const bench::Case &one, double top) {
        const double y = top + 27;
        const auto place = [&](double milliseconds) {
            const double ratio = milliseconds / one.baseline.median();
            return Spot{scale_.at(std::clamp(ratio, scale_.low(), scale_.high())), y};
        };
        svg_.text({kSide, top + 14}, one.where(), "case");
        svg_.line({kSide, y}, {kWidth - kSide, y}, "track-line");
        std::vector<Spot> samples;
        for (const auto *series : {&one.ours, &one.ours_again}) {
            for (const double time : series->milliseconds) samples.push_back(place(time));
        }
        svg_.rules(samples, 6, "samples");
        const auto mark = [&](Marker shape, const bench::Series &series, const std::string &style) {
            svg_.marker(shape, place(series.median()), 5, style,
                        fmt::format("{} ({}): {}, {:.2f} x {}", series.name, series.implementation,
                                    time_text(series.median()), series.median() / one.baseline.median(), one.baseline.name));
        };
        for (const auto &series : one.information) mark(Marker::cross, series, "information");
        for (const auto &series : one.peers) {
            const auto index = std::find(peers_.begin(), peers_.end(), series.name) - peers_.begin();
            const Style style = style_of_peer(static_cast<size_t>(index));
            mark(style.marker, series, style.name);
        }
        if (one.has_floor()) mark(Marker::rule, one.floor, "floor");
        mark(Marker::circle, one.ours, "point ours");
    }

    const std::vector<std::string> &peers_;
    Svg svg_;
    Scale scale_;
};

} // namespace

std::string comparison_figure(const std::vector<bench::Case> &cases, const std::vector<std::string> &peers) {
    if (cases.size() > kMostCases) return "";
    std::vector<std::pair<std::string, std::string>> entries = {
        {marker_sample(Marker::circle, "point ours"), "normforge, median"},
        {marker_sample(Marker::rule, "samples"), "its samples"},
        {marker_sample(Marker::rule, "floor"), "floor: same sweeps, no arithmetic"}};
    for (size_t i = 0; i < peers.size(); i++)
        entries.emplace_back(marker_sample(style_of_peer(i).marker, style_of_peer(i).name), peers[i]);
    if (std::any_of(cases.begin(), cases.end(), [](const auto &one) { return !one.information.empty(); }))
        entries.emplace_back(marker_sample(Marker::cross, "information"), "a peer in a tensor format of its own");
    return figure(legend(entries), Lines(cases, peers).svg(),
                  "Logarithmic axis; 1 is the time of a copy (forward) or triad (backward) of the same bytes.", true);
}

} // namespace normforge::report
