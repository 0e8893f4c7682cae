// SPDX-License-Identifier: MIT
// Scales and frames.
#include "tools/normforge/report/plot.h"

#include "tools/normforge/common/byte_text.h"

#include <cmath>
#include <fmt/format.h>

namespace normforge::report {

namespace {

// Room around the data for labels, in pixels of a figure drawn in its own size.
constexpr double kLeft = 58, kRight = 26, kTop = 14, kBottom = 46;

/// As many labels as have room.
size_t tick_count(double pixels, bool bytes) {
    return static_cast<size_t>(pixels / (bytes ? 80 : 52)) + 1;
}

/// "64 KiB" for a power of two.
std::string byte_tick(double bytes) {
    std::string text = format_bytes(static_cast<int64_t>(bytes));
    if (const size_t point = text.find(".0 "); point != std::string::npos) text.erase(point, 2);
    return text;
}

std::vector<double> linear_ticks(double low, double high, size_t most) {
    const double rough = (high - low) / static_cast<double>(most);
    const double power = std::pow(10, std::floor(std::log10(rough)));
    double step = 10 * power;
    for (const double factor : {5, 2, 1}) {
        if (factor * power >= rough) step = factor * power;
    }
    std::vector<double> ticks;
    for (double i = std::ceil(low / step); i * step <= high * (1 + 1e-9); i++) ticks.push_back(i * step);
    return ticks;
}

/// All of 1, 2, 5 if there is room, else powers of ten, else every second power, ...
std::vector<double> decimal_ticks(double low, double high, size_t most) {
    const int first = static_cast<int>(std::floor(std::log10(low)));
    const int last = static_cast<int>(std::ceil(std::log10(high)));
    std::vector<double> ticks;
    const auto add = [&](double value) {
        if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push_back(value);
    };
    for (int exponent = first; exponent <= last; exponent++) {
        for (const double factor : {1, 2, 5}) add(factor * std::pow(10, exponent));
    }
    for (int step = 1; ticks.size() > most; step++) {
        ticks.clear();
        for (int exponent = first; exponent <= last; exponent += step) add(std::pow(10, exponent));
    }
    return ticks;
}

} // namespace

Scale::Scale(Spacing spacing, double low, double high, double from, double to)
    : spacing_(spacing), low_(low), high_(high), from_(from), to_(to) {}

double Scale::at(double value) const {
    const double share =
        spacing_ == Spacing::linear ? (value - low_) / (high_ - low_) : std::log(value / low_) / std::log(high_ / low_);
    return from_ + share * (to_ - from_);
}

std::vector<double> Scale::ticks(size_t most) const {
    return spacing_ == Spacing::linear ? linear_ticks(low_, high_, most) : decimal_ticks(low_, high_, most);
}

std::vector<double> Scale::binary_ticks(size_t most) const {
    const int first = static_cast<int>(std::ceil(std::log2(low_))), last = static_cast<int>(std::floor(std::log2(high_)));
    int step = 1;
    while (static_cast<size_t>((last - first) / step) + 1 > most) step++;
    std::vector<double> ticks;
    for (int exponent = first; exponent <= last; exponent++) {
        if (exponent % step == 0) ticks.push_back(std::exp2(exponent));
    }
    return ticks;
}

Plot::Plot(Svg &svg, const Axis &x, const Axis &y)
    : x_(x.spacing, x.low, x.high, kLeft, svg.width() - kRight), y_(y.spacing, y.low, y.high, svg.height() - kBottom, kTop) {
    const size_t columns = tick_count(right() - left(), x.bytes);
    for (const double tick : x.bytes ? x_.binary_ticks(columns) : x_.ticks(columns)) {
        svg.line({x_.at(tick), top()}, {x_.at(tick), bottom()}, "grid");
        const std::string label = x.bytes ? byte_tick(tick) : tick_text(tick);
        svg.text({x_.at(tick), bottom() + 16}, label, "tick", Anchor::middle);
    }
    for (const double tick : y_.ticks(tick_count(bottom() - top(), false))) {
        svg.line({left(), y_.at(tick)}, {right(), y_.at(tick)}, "grid");
        svg.text({left() - 7, y_.at(tick) + 4}, tick_text(tick), "tick", Anchor::end);
    }
    svg.line({left(), bottom()}, {right(), bottom()}, "axis");
    svg.text({(left() + right()) / 2, svg.height() - 8}, x.label, "label", Anchor::middle);
    svg.upright({14, (top() + bottom()) / 2}, y.label, "label");
}

std::string tick_text(double value) {
    return fmt::format("{:.6g}", value);
}

} // namespace normforge::report
