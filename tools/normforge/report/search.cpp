// SPDX-License-Identifier: MIT
// Groups measurements by what was searched; costs.
#include "tools/normforge/report/search.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace normforge::report {

namespace {

/// Measurements compare with each other only within one of these.
auto key_of(const Measurement &m) {
    return std::tuple_cat(std::tie(m.problem, m.target, m.device, m.threads, m.signature, m.compiler), versions_of(m));
}

/// A repeat only where the line of its search is lost; that of a search in the place of an earlier one.
void add_candidate(const Measurement &measurement, std::vector<Measurement> &candidates) {
    const auto same = [&](const Measurement &one) { return one.configuration == measurement.configuration; };
    const auto found = std::find_if(candidates.begin(), candidates.end(), same);
    if (found == candidates.end())
        candidates.push_back(measurement);
    else if (measurement.phase == "search")
        *found = measurement;
}

} // namespace

size_t faster_rounds(const Measurement &measurement) {
    size_t count = 0;
    for (size_t i = 0; i < measurement.milliseconds.size(); i++)
        count += measurement.milliseconds[i] < measurement.default_milliseconds[i];
    return count;
}

std::string Search::where() const {
    return fmt::format("{}, {}, {} thread{}", any().problem, any().target, any().threads, any().threads == 1 ? "" : "s");
}

const Measurement *Search::best_final() const {
    const Measurement *winner = standings.winner();
    return winner ? winner : standings.best_final();
}

std::string Search::chosen() const {
    if (best_final()) return has_winner() ? best_final()->configuration : kDefaultConfiguration;
    return best_candidate() ? best_candidate()->configuration : "";
}

const Measurement *Search::best_candidate() const {
    const Measurement *best = nullptr;
    for (const auto &one : candidates) {
        if (one.measured() && (!best || cost(one) < cost(*best))) best = &one;
    }
    return best;
}

size_t Search::failed() const {
    return static_cast<size_t>(
        std::count_if(candidates.begin(), candidates.end(), [](const Measurement &one) { return !one.measured(); }));
}

std::vector<double> Search::kept_costs() const {
    std::vector<double> costs;
    std::transform(candidates.begin(), candidates.end(), std::back_inserter(costs),
                   [](const Measurement &one) { return one.measured() ? std::min(cost(one), 1.0) : 1.0; });
    return costs;
}

std::vector<Search> group_searches(const std::vector<Measurement> &measurements) {
    std::vector<Search> searches;
    std::map<decltype(key_of(measurements.front())), size_t> index;
    for (const auto &one : measurements) {
        const auto [entry, is_new] = index.emplace(key_of(one), searches.size());
        if (is_new) searches.emplace_back();
        Search &search = searches[entry->second];
        search.standings.add(one);
        if (one.phase == "final")
            search.finals.push_back(one);
        else
            add_candidate(one, search.candidates);
    }
    return searches;
}

std::map<std::string, Failures> count_failures(const std::vector<Measurement> &measurements) {
    std::map<std::string, Failures> classes;
    for (const auto &one : measurements) {
        if (one.measured()) continue;
        Failures &failures = classes[name_of(one.outcome)];
        if (failures.count++ == 0) failures.first = one;
    }
    return classes;
}

} // namespace normforge::report
