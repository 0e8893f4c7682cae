// SPDX-License-Identifier: MIT
// Reads a journal's lines for what a simulation needs of them.
#include "tools/normforge/tune/search/recorded_space.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace normforge {

namespace {

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

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

double time_of(const nlohmann::json &line, const char *key) {
    const auto times = line.at(key).get<std::vector<double>>();
    const bool positive = std::all_of(times.begin(), times.end(), [](double time) { return time > 0; });
    if (times.empty() || !positive)
        throw std::runtime_error("\"" + std::string(key) + "\" is " + line.at(key).dump() + ", expected positive times");
    return median(times);
}

} // namespace

double RecordedSpace::best() const {
    double best = std::numeric_limits<double>::infinity();
    for (const auto &[point, cost] : costs) best = std::min(best, cost.value_or(best));
    return best;
}

std::vector<RecordedSpace> read_recorded_spaces(const std::string &path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("recorded space " + path + ": cannot be read");
    std::vector<std::string> problems;
    std::map<std::string, Records> records;
    size_t number = 0;
    for (std::string text; std::getline(file, text);) {
        number++;
        try {
            const nlohmann::json line = nlohmann::json::parse(text);
            const std::string problem = line.at("problem");
            std::optional<double> cost;
            if (line.at("outcome") == "measured")
                cost = time_of(line, "milliseconds") / time_of(line, "default_milliseconds");
            const auto [entry, is_new] = records.try_emplace(problem);
            if (is_new) problems.push_back(problem);
            entry->second.add(line.at("configuration"), cost);
        } catch (const std::exception &error) {
            throw std::runtime_error("recorded space " + path + ":" + std::to_string(number) + ": " + error.what());
        }
    }

    std::vector<RecordedSpace> spaces;
    for (const std::string &problem : problems) {
        const Records &of_problem = records.at(problem);
        try {
            RecordedSpace recorded = {problem, Space(of_problem.configurations), {}};
            for (const auto &[configuration, costs] : of_problem.costs) {
                std::optional<double> &cost = recorded.costs[recorded.space.parse(configuration)];
                if (!costs.empty()) cost = median(costs);
            }
            spaces.push_back(std::move(recorded));
        } catch (const std::invalid_argument &error) {
            throw std::runtime_error("recorded space " + path + ", problem " + problem + ": " + error.what());
        }
    }
    return spaces;
}

} // namespace normforge
