// SPDX-License-Identifier: MIT
// Means and order statistics.
#include "tools/normforge/report/numbers.h"

#include <algorithm>
#include <cmath>

namespace normforge::report {

double geometric_mean(const std::vector<double> &values) {
    double sum = 0;
    for (const double value : values) sum += std::log(value);
    return std::exp(sum / static_cast<double>(values.size()));
}

std::vector<double> running_minimum(const std::vector<double> &values) {
    std::vector<double> least = values;
    for (size_t i = 1; i < least.size(); i++) least[i] = std::min(least[i], least[i - 1]);
    return least;
}

std::vector<double> expected_minimum(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t count = values.size();
    std::vector<double> expected;
    for (size_t draws = 1; draws <= count; draws++) {
        // Value i (from 0, ascending) is the least of the draws if it is among them and the i below it are not: its
        // probability is C(count - 1 - i, draws - 1) / C(count, draws), draws / count for i = 0.
        double probability = static_cast<double>(draws) / static_cast<double>(count);
        double sum = 0;
        for (size_t i = 0; i + draws <= count; i++) {
            sum += probability * values[i];
            probability *= static_cast<double>(count - i - draws) / static_cast<double>(count - 1 - i);
        }
        expected.push_back(sum);
    }
    return expected;
}

} // namespace normforge::report
