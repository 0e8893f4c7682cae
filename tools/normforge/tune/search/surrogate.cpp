// SPDX-License-Identifier: MIT
// Rasmussen and Williams 2006, section 2.2, one point at a time: L grows by a column per point, for all candidates at once.
#include "tools/normforge/tune/search/surrogate.h"

#include <algorithm>
#include <cmath>

namespace normforge {

namespace {

constexpr double kLength = 4;   // of correlation: a step in one dimension leaves exp(-1/4) = 0.78
constexpr double kNoise = 0.05; // variance of noise by variance of costs: 2 % of noise where costs spread by 9 %

} // namespace

Surrogate::Surrogate(const Space &space) : space_(space), variances_(space.size(), 1.0) {}

double Surrogate::correlation(size_t a, size_t b) const {
    const Point &p = space_.points()[a], &q = space_.points()[b];
    double distance = 0;
    for (size_t d = 0; d < p.size(); d++) {
        const size_t steps = p[d] > q[d] ? p[d] - q[d] : q[d] - p[d];
        distance += std::sqrt(static_cast<double>(steps)); // two steps in one dimension are less than one step in two
    }
    return std::exp(-distance / kLength);
}

void Surrogate::add(size_t index) {
    if (std::find(added_.begin(), added_.end(), index) != added_.end()) return;
    std::vector<double> column(space_.size());
    const double root = std::sqrt(variances_[index] + kNoise); // L's diagonal
    roots_.push_back(root);
    for (size_t i = 0; i < column.size(); i++) {
        double covariance = correlation(index, i);
        for (const std::vector<double> &factor : factors_) covariance -= factor[index] * factor[i];
        column[i] = covariance / root;
    }
    for (size_t i = 0; i < column.size(); i++) variances_[i] = std::max(0.0, variances_[i] - column[i] * column[i]);
    added_.push_back(index);
    values_.emplace_back();
    factors_.push_back(std::move(column));
}

void Surrogate::set(size_t index, double value) {
    const auto place = std::find(added_.begin(), added_.end(), index);
    values_[static_cast<size_t>(place - added_.begin())] = value;
}

std::vector<Surrogate::Guess> Surrogate::guesses() const {
    double sum = 0, squares = 0, count = 0;
    for (const auto &value : values_) {
        if (!value) continue;
        sum += *value, squares += *value * *value, count++;
    }
    const double mean = count > 0 ? sum / count : 0;
    const double spread = std::sqrt(std::max(0.0, count > 1 ? squares / count - mean * mean : 0));
    std::vector<double> means(space_.size(), mean);
    for (size_t k = 0; k < added_.size(); k++) {
        if (!values_[k]) continue;
        const double weight = (*values_[k] - means[added_[k]]) / roots_[k];
        for (size_t i = 0; i < means.size(); i++) means[i] += factors_[k][i] * weight;
    }
    std::vector<Guess> guesses;
    for (size_t i = 0; i < means.size(); i++) guesses.push_back({means[i], spread * std::sqrt(variances_[i])});
    return guesses;
}

} // namespace normforge
