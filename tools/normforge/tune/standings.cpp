// SPDX-License-Identifier: MIT
// A candidate's cost is the median of its measurements; the finals decide.
#include "tools/normforge/tune/standings.h"

#include "tools/normforge/tune/verdict.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

namespace {

/// The best of the search, if they are as good as the best but for noise, which is about 2 % there.
constexpr size_t kFinalists = 3;
constexpr double kFinalistsRange = 1.03;

/// Of hundreds of candidates the luckiest looks best, by 15 % where a search tried 432. So the best are measured again until
/// the best three have been measured three times; then their median counts.
constexpr size_t kTimesMeasured = 3;

/// That the default is the best of so few says nothing: another database, which may know better, is asked only where this
/// one has no entry. As many as `--effort quick` tries.
constexpr size_t kFewestForDefault = 8;

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
    Failures &failures = result.failures[name_of(m.outcome)];
    if (failures.count++ == 0) failures.first = m.configuration + ": " + m.message;
}

} // namespace

const std::string &Standings::Tried::configuration() const {
    return measurements.empty() ? final->configuration : measurements.front().configuration;
}

std::vector<const Measurement *> Standings::Tried::failures() const {
    std::vector<const Measurement *> failed;
    if (!measurements.empty() && !measurements.back().measured()) failed.push_back(&measurements.back());
    if (final && !final->measured()) failed.push_back(&*final);
    return failed;
}

double Standings::Tried::cost() const {
    if (measurements.empty()) return normforge::cost(*final); // of a journal that has no more
    std::vector<double> costs;
    for (const Measurement &m : measurements) costs.push_back(normforge::cost(m));
    return median(costs);
}

bool Standings::add(const Measurement &measurement) {
    if (measurement.measured()) default_milliseconds_ = median(measurement.default_milliseconds);
    const auto [entry, is_new] = tried_.try_emplace(measurement.configuration);
    Tried &tried = entry->second;
    const bool searched = measurement.phase == "search";
    if (searched) tried = {};
    if (measurement.phase == "final") {
        tried.final = measurement;
        return is_new;
    }
    if (!tried.measurements.empty() && !tried.measurements.back().measured()) tried.measurements.pop_back();
    tried.measurements.push_back(measurement);
    return searched || is_new;
}

std::vector<const Standings::Tried *> Standings::ranked() const {
    std::vector<const Tried *> best;
    for (const auto &[configuration, tried] : tried_)
        if (tried.failures().empty()) best.push_back(&tried);
    std::sort(best.begin(), best.end(), [](const Tried *a, const Tried *b) { return a->cost() < b->cost(); });
    return best;
}

std::vector<std::string> Standings::ranking() const {
    std::vector<std::string> names;
    for (const Tried *tried : ranked()) names.push_back(tried->configuration());
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
        names.push_back(best[i]->configuration());
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
        if (!tried_.at(name).final) return name;
    return std::nullopt;
}

size_t Standings::finals_left() const {
    size_t left = 0;
    for (const std::string &name : finalists()) left += !tried_.at(name).final;
    return left;
}

bool Standings::settled() const {
    return !finalists().empty() && repeats_left() + finals_left() == 0;
}

const Measurement *Standings::winner() const {
    const Measurement *fastest = nullptr;
    for (const Tried *tried : ranked()) {
        const auto &final = tried->final;
        if (!final || !why_not_faster(final->milliseconds, final->default_milliseconds).empty()) continue;
        if (!fastest || normforge::cost(*final) < normforge::cost(*fastest)) fastest = &*final;
    }
    return fastest;
}

const Measurement *Standings::best_final() const {
    for (const Tried *tried : ranked())
        if (tried->final) return &*tried->final;
    return nullptr;
}

void Standings::decide(TunedProblem &result) const {
    result.candidates = tried();
    for (const auto &[configuration, tried] : tried_)
        for (const Measurement *failure : tried.failures()) add_failure(*failure, result);
    if (tried_.empty()) {
        result.why_default = "not tried: no time was left";
        return;
    }
    const auto any = ranked();
    if (any.empty()) {
        const std::string &why = tried_.begin()->second.failures().front()->message;
        throw std::runtime_error("no candidate could be measured: " + why);
    }
    const Measurement *const winning = winner(), *const shown = best_final();
    if (result.untried_proposals > 0)
        result.why_default = "not decided: no time was left for what the database has";
    else if (!winning && finals_left() > 0)
        result.why_default = "not decided: no time was left for all finals";
    else if (!winning && tried() < std::min(kFewestForDefault, result.space))
        result.why_default = fmt::format("not decided: {} candidates tried, expected at least {}", tried(),
                                         std::min(kFewestForDefault, result.space));
    else
        result.decided = true;
    if (result.decided && !winning)
        result.why_default = shown ? "the best: " + why_not_faster(shown->milliseconds, shown->default_milliseconds)
                                   : "no candidate was faster";
    const bool wins = result.decided && winning;
    result.entry = entry(wins ? *winning : shown ? *shown : any.front()->measurements.back(), wins);
}

} // namespace normforge
