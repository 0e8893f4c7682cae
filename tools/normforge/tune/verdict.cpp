// SPDX-License-Identifier: MIT
// Median and sign test: neither cares how slow the slow rounds of a shared machine are.
#include "tools/normforge/tune/verdict.h"

#include "tools/normforge/tune/journal.h"

#include <cmath>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

double sign_test(int won, int rounds) {
    double sum = 0;
    for (int k = won; k <= rounds; k++) { // binomial(rounds, k) / 2^rounds, by logarithms: 2^rounds overflows
        const double choose = std::lgamma(rounds + 1.0) - std::lgamma(k + 1.0) - std::lgamma(rounds - k + 1.0);
        sum += std::exp(choose - rounds * std::log(2.0));
    }
    return sum;
}

std::string why_not_faster(const std::vector<double> &milliseconds, const std::vector<double> &default_milliseconds) {
    if (milliseconds.empty() || milliseconds.size() != default_milliseconds.size()) {
        throw std::invalid_argument(fmt::format("{} and {} rounds, expected the same number and at least one",
                                                milliseconds.size(), default_milliseconds.size()));
    }
    const double cost = median(milliseconds) / median(default_milliseconds);
    if (cost > kWinningCost) return fmt::format("{:.3f} of the default's time, expected at most {}", cost, kWinningCost);
    int won = 0;
    for (size_t i = 0; i < milliseconds.size(); i++) won += milliseconds[i] < default_milliseconds[i];
    const int rounds = static_cast<int>(milliseconds.size());
    const double chance = sign_test(won, rounds);
    return chance <= kSignificance
               ? ""
               : fmt::format("faster in {} of {} rounds, by chance with probability {:.3f}", won, rounds, chance);
}

} // namespace normforge
