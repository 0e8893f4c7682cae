// SPDX-License-Identifier: MIT
// Groups measurements by what was searched; costs.
#include "tools/normforge/report/search.h"

#include "tools/normforge/tune/verdict.h"

#include <algorithm>
#include <fmt/format.h>
#include <tuple>

namespace normforge::report {

namespace {

/// Measurements compare with each other only within one of these.
auto key_of(const Measurement &m) {
    return std::tie(m.problem, m.target, m.device, m.threads, m.signature);
}

const Measurement *least_cost(const std::vector<Measurement> &measurements) {
    const Measurement *best = nullptr;
    for (const auto &one : measurements) {
        if (one.measured() && (!best || cost(one) < cost(*best))) best = &one;
    }
    return best;
}

bool contains(const std::vector<Measurement> &candidates, const std::string &configuration) {
    return std::any_of(candidates.begin(), candidates.end(),
                       [&](const Measurement &one) { return one.configuration == configuration; });
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
    return least_cost(finals);
}

bool Search::has_winner() const {
    const Measurement *best = best_final();
    return best && why_not_faster(best->milliseconds, best->default_milliseconds).empty();
}

const Measurement *Search::best_candidate() const {
    return least_cost(candidates);
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
    std::map<std::tuple<std::string, std::string, std::string, int, std::string>, size_t> index;
    for (const auto &one : measurements) {
        const auto [entry, is_new] = index.emplace(key_of(one), searches.size());
        if (is_new) searches.emplace_back();
        Search &search = searches[entry->second];
        if (one.phase == "final") {
            search.finals.push_back(one);
        } else if (!contains(search.candidates, one.configuration)) {
            search.candidates.push_back(one);
        }
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
