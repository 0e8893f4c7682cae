// SPDX-License-Identifier: MIT
// What a simulation needs of a journal.
#include "tools/normforge/tune/search/recorded_space.h"

#include "tools/normforge/tune/journal.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace normforge {

namespace {

/// All that was recorded of one problem, in the order of the file.
struct Records {
    std::vector<std::string> configurations;
    std::map<std::string, std::vector<double>> costs; ///< of all configurations; empty: every try failed

    void add(const std::string &configuration, const std::optional<double> &cost) {
        const auto [entry, is_new] = costs.try_emplace(configuration);
        if (is_new) configurations.push_back(configuration);
        if (cost) entry->second.push_back(*cost);
    }
};

} // namespace

double RecordedSpace::best() const {
    double best = std::numeric_limits<double>::infinity();
    for (const auto &[point, cost] : costs) best = std::min(best, cost.value_or(best));
    return best;
}

std::vector<RecordedSpace> read_recorded_spaces(const std::string &path) {
    const JournalContent journal = read_journal(path);
    if (!journal.skipped.empty()) throw std::runtime_error("recorded space " + journal.skipped.front());
    if (journal.measurements.empty()) throw std::runtime_error("recorded space " + path + ": holds no measurement");
    std::vector<std::string> problems;
    std::map<std::string, Records> records;
    for (const Measurement &measurement : journal.measurements) {
        const auto [entry, is_new] = records.try_emplace(measurement.problem);
        if (is_new) problems.push_back(measurement.problem);
        entry->second.add(measurement.configuration,
                          measurement.measured() ? std::optional<double>(cost(measurement)) : std::nullopt);
    }

    std::vector<RecordedSpace> spaces;
    for (const std::string &problem : problems) {
        const Records &of_problem = records.at(problem);
        try {
            RecordedSpace recorded = {problem, Space(of_problem.configurations), {}};
            for (const auto &[configuration, costs] : of_problem.costs) {
                std::optional<double> &known = recorded.costs[recorded.space.parse(configuration)];
                if (!costs.empty()) known = median(costs);
            }
            spaces.push_back(std::move(recorded));
        } catch (const std::invalid_argument &error) {
            throw std::runtime_error("recorded space " + path + ", problem " + problem + ": " + error.what());
        }
    }
    return spaces;
}

} // namespace normforge
