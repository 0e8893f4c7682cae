// SPDX-License-Identifier: MIT
// Plays the part of the tuner: asks for candidates in batches and answers with recorded costs.
#include "tools/normforge/tune/search/simulate.h"

#include <cmath>
#include <limits>
#include <random>

namespace normforge {

namespace {

/// About normal, with standard deviation 1: the sum of 12 uniform numbers (the library's distributions are not the same
/// everywhere).
double normal(std::mt19937_64 &random) {
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += static_cast<double>(random() >> 11) * 0x1p-53;
    return sum;
}

/// The fraction of the best after each evaluation of one run.
std::vector<double> run(const RecordedSpace &recorded, Strategy &strategy, uint64_t seed, const SimulationSetting &setting) {
    std::mt19937_64 random(seed ^ 0x6e6f697365); // not the strategy's sequence
    const double best = recorded.best();
    double found = std::numeric_limits<double>::infinity(), looked = found;
    std::vector<double> fraction;
    while (fraction.size() < setting.evaluations) {
        std::vector<Point> batch;
        while (batch.size() < setting.at_once && fraction.size() + batch.size() < setting.evaluations) {
            const std::optional<Point> point = strategy.next();
            if (!point) break;
            batch.push_back(*point);
        }
        if (batch.empty()) break;
        for (const Point &point : batch) {
            std::optional<double> cost = recorded.costs.at(point);
            if (cost) {
                const double seen = *cost * std::exp(setting.noise * normal(random));
                if (seen < looked) looked = seen, found = *cost;
                cost = seen;
            }
            strategy.tell({point, cost});
            fraction.push_back(best / found);
        }
    }
    fraction.resize(setting.evaluations, fraction.empty() ? 0 : fraction.back());
    return fraction;
}

double evaluations_to(double target, const std::vector<double> &fraction) {
    size_t at = 0;
    while (at < fraction.size() && fraction[at] < target) at++;
    return static_cast<double>(at + 1);
}

} // namespace

SimulationResult simulate(const RecordedSpace &recorded, const MakeStrategy &make, const SimulationSetting &setting) {
    SimulationResult result;
    result.fraction.assign(setting.evaluations, 0);
    for (int seed = 1; seed <= setting.seeds; seed++) {
        const std::unique_ptr<Strategy> strategy = make(recorded.space, static_cast<uint64_t>(seed));
        const std::vector<double> fraction = run(recorded, *strategy, static_cast<uint64_t>(seed), setting);
        for (size_t i = 0; i < fraction.size(); i++) result.fraction[i] += fraction[i] / setting.seeds;
        result.evaluations_to_95 += evaluations_to(0.95, fraction) / setting.seeds;
        result.evaluations_to_99 += evaluations_to(0.99, fraction) / setting.seeds;
    }
    return result;
}

} // namespace normforge
