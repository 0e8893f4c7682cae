// SPDX-License-Identifier: MIT
// A candidate's cost is the median of its measurements; the finals decide.
#include "tools/normforge/tune/standings.h"

#include "tools/normforge/tune/verdict.h"

#include <algorithm>
#include <stdexcept>

namespace normforge {

namespace {

/// The best of the search, if they are as good as the best but for noise, which is about 2 % there.
constexpr size_t kFinalists = 3;
constexpr double kFinalistsRange = 1.03;

/// Of hundreds of candidates the luckiest looks best, by 15 % where a search tried 432. So the best are measured again until
/// the best three have been measured three times; then their median counts.
constexpr size_t kTimesMeasured = 3;

Timing timing_of(const std::vector<double> &milliseconds) {
    const auto [least, most] = std::minmax_element(milliseconds.begin(), milliseconds.end());
    return {median(milliseconds), *least, *most};
}

TunedEntry entry(const Measurement &m, bool wins) {
    TunedEntry entry;
    static_cast<Provenance &>(entry) = m;
    entry.problem = m.problem;
    entry.configuration = wins ? m.configuration : kDefaultConfiguration;
    entry.untuned = timing_of(m.default_milliseconds);
    entry.tuned = wins ? timing_of(m.milliseconds) : entry.untuned;
    entry.rounds = static_cast<int>(m.milliseconds.size());
    entry.date = m.time.substr(0, 10);
    return entry;
}

void add_failure(const Measurement &m, TunedProblem &result) {
    if (m.measured()) return;
    Failures &failures = result.failures[name_of(m.outcome)];
    if (failures.count++ == 0) failures.first = m.configuration + ": " + m.message;
}

} // namespace

bool Standings::Tried::measured() const {
    return std::all_of(measurements.begin(), measurements.end(), [](const Measurement &m) { return m.measured(); });
}

double Standings::Tried::cost() const {
    std::vector<double> costs;
    for (const Measurement &m : measurements) costs.push_back(normforge::cost(m));
    return median(costs);
}

bool Standings::add(const Measurement &measurement) {
    if (measurement.measured()) default_milliseconds_ = median(measurement.default_milliseconds);
    if (measurement.phase == "final") {
        finals_[measurement.configuration] = measurement;
        return false;
    }
    Tried &tried = tried_[measurement.configuration];
    tried.measurements.push_back(measurement);
    return tried.measurements.size() == 1;
}

std::vector<const Standings::Tried *> Standings::ranked() const {
    std::vector<const Tried *> best;
    for (const auto &[configuration, tried] : tried_)
        if (tried.measured()) best.push_back(&tried);
    std::sort(best.begin(), best.end(), [](const Tried *a, const Tried *b) { return a->cost() < b->cost(); });
    return best;
}

std::vector<std::string> Standings::ranking() const {
    std::vector<std::string> names;
    for (const Tried *tried : ranked()) names.push_back(tried->measurements.front().configuration);
    return names;
}

std::optional<double> Standings::best_cost() const {
    const auto best = ranked();
    return best.empty() ? std::nullopt : std::optional(best.front()->cost());
}

std::vector<std::string> Standings::finalists() const {
    std::vector<std::string> names;
    const auto best = ranked();
    const double most = best.empty() ? 1 : std::min(1.0, best.front()->cost() * kFinalistsRange);
    for (size_t i = 0; i < best.size() && i < kFinalists && best[i]->cost() <= most; i++)
        names.push_back(best[i]->measurements.front().configuration);
    return names;
}

std::optional<std::string> Standings::to_repeat() const {
    for (const std::string &name : finalists())
        if (tried_.at(name).measurements.size() < kTimesMeasured) return name;
    return std::nullopt;
}

size_t Standings::repeats_left() const {
    size_t left = 0;
    for (const std::string &name : finalists())
        left += kTimesMeasured - std::min(kTimesMeasured, tried_.at(name).measurements.size());
    return left;
}

std::optional<std::string> Standings::next_final() const {
    for (const std::string &name : finalists())
        if (finals_.count(name) == 0) return name;
    return std::nullopt;
}

size_t Standings::finals_left() const {
    size_t left = 0;
    for (const std::string &name : finalists()) left += 1 - finals_.count(name);
    return left;
}

void Standings::add_failures(TunedProblem &result) const {
    for (const auto &[configuration, tried] : tried_) add_failure(tried.measurements.back(), result);
    for (const std::string &name : finalists()) {
        if (const auto final = finals_.find(name); final != finals_.end()) add_failure(final->second, result);
    }
}

void Standings::decide(TunedProblem &result) const {
    result.candidates = tried();
    add_failures(result);
    if (tried_.empty()) {
        result.why_default = "not tried: no time was left";
        return;
    }
    const auto any = ranked();
    if (any.empty()) {
        throw std::runtime_error(result.problem +
                                 ": no candidate could be measured: " + tried_.begin()->second.measurements.front().message);
    }
    const Measurement *winner = nullptr, *shown = nullptr;
    for (const std::string &name : finalists()) {
        const auto final = finals_.find(name);
        if (final == finals_.end() || !final->second.measured()) continue;
        const std::string why = why_not_faster(final->second.milliseconds, final->second.default_milliseconds);
        if (!why.empty() && result.why_default.empty()) result.why_default = "the best: " + why;
        if (!shown) shown = &final->second;
        if (why.empty() && (!winner || cost(final->second) < cost(*winner))) winner = &final->second;
    }
    result.decided = winner || finals_left() == 0;
    if (winner)
        result.why_default.clear();
    else if (!result.decided)
        result.why_default = "not decided: no time was left for all finals";
    else if (result.why_default.empty())
        result.why_default = "no candidate was faster";
    result.entry = winner ? entry(*winner, true) : entry(shown ? *shown : any.front()->measurements.back(), false);
}

} // namespace normforge
