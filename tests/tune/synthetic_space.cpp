// SPDX-License-Identifier: MIT
// Draws the parts of a cost table and adds them up.
#include "tests/tune/synthetic_space.h"

#include <cmath>
#include <random>

namespace normforge {

namespace {

class Draw {
public:
    explicit Draw(uint64_t seed) : random_(seed) {}
    double between(double low, double high) { return low + (high - low) * static_cast<double>(random_() >> 11) * 0x1p-53; }

private:
    std::mt19937_64 random_;
};

/// Logarithms of costs of a dimension's values: a parabola around the best value, and something of each value's own.
std::vector<double> effect_of(const Dimension &dimension, Draw &draw) {
    const double last = static_cast<double>(dimension.values.size() - 1);
    const double best = draw.between(0, last), height = draw.between(0.05, 0.3);
    std::vector<double> effect;
    for (size_t i = 0; i < dimension.values.size(); i++) {
        const double away = last > 0 ? (static_cast<double>(i) - best) / last : 0;
        effect.push_back(height * away * away + draw.between(0, 0.04));
    }
    return effect;
}

} // namespace

RecordedSpace synthetic_space(const char *symbol, uint64_t seed) {
    RecordedSpace recorded = {
        std::string(symbol) + " " + std::to_string(seed), Space(parse_symbol(symbol), true, NF_STORE_CACHED), {}};
    const std::vector<Dimension> &dimensions = recorded.space.dimensions();
    Draw draw(seed);
    std::vector<std::vector<double>> effects;
    for (const Dimension &dimension : dimensions) effects.push_back(effect_of(dimension, draw));

    // What two dimensions do together: each pair of neighbours.
    std::vector<double> together;
    for (size_t d = 0; d + 1 < dimensions.size(); d++) together.push_back(draw.between(-0.2, 0.2));
    const double memory = draw.between(-0.3, 0.1);
    const size_t failing = static_cast<size_t>(draw.between(1, static_cast<double>(dimensions.size())));

    std::map<Point, double> logarithms;
    for (const Point &point : recorded.space.points()) {
        double work = 0;
        for (size_t d = 0; d < point.size(); d++) {
            work += effects[d][point[d]];
            if (d + 1 < point.size() && point[d] > 0 && point[d + 1] > 0)
                work += together[d] * (point[d] == point[d + 1] ? 1 : 0.5);
        }
        // Where memory is the limit, less work helps ever less.
        logarithms[point] = std::log(std::exp(memory * 10) + std::exp(work * 10)) / 10 + draw.between(0, 0.03);
    }
    const double of_default = logarithms.at(recorded.space.default_point());
    for (const auto &[point, logarithm] : logarithms) {
        const bool extreme =
            point[failing] + 1 == dimensions[failing].values.size() && point != recorded.space.default_point();
        const bool fails = extreme && draw.between(0, 1) < 0.4;
        if (fails)
            recorded.costs[point] = std::nullopt;
        else
            recorded.costs[point] = std::exp(logarithm - of_default);
    }
    return recorded;
}

} // namespace normforge
