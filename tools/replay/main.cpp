// SPDX-License-Identifier: MIT
// Entry of normforge-replay: what searches would have found in the spaces that a journal of `normforge tune --effort
// exhaustive` holds. tools/compare_autoschedulers.py asks it.
#include "tools/normforge/common/command_line.h"
#include "tools/normforge/tune/search/simulate.h"

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

namespace {

using namespace normforge;

nlohmann::json replay(const RecordedSpace &recorded, SimulationSetting setting) {
    setting.evaluations = std::min(setting.evaluations, recorded.costs.size());
    nlohmann::json costs = nlohmann::json::array();
    for (const auto &[point, cost] : recorded.costs) costs.push_back(cost ? nlohmann::json(*cost) : nlohmann::json());
    return {
        {"problem", recorded.problem}, {"costs", costs}, {"local", simulate(recorded, make_local_search, setting).fraction}};
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app(
        "Print as JSON what the tuner's search finds in recorded spaces after 1, 2, ... evaluations, as a fraction of "
        "the best that is there, and the recorded costs (null: failed).",
        "normforge-replay");
    std::string journal;
    SimulationSetting setting;
    setting.evaluations = 128; // the tuner's "patient"
    setting.noise = 0;         // the recorded costs have theirs
    app.add_option("JOURNAL", journal, "What `normforge tune --effort exhaustive` wrote")->required();
    app.add_option("--evaluations", setting.evaluations, "Candidates of a search")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seeds", setting.seeds, "Searches to average over")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--at-once", setting.at_once, "Candidates under way at the same time")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.callback([&] {
        nlohmann::json spaces = nlohmann::json::array();
        for (const RecordedSpace &recorded : read_recorded_spaces(journal)) spaces.push_back(replay(recorded, setting));
        std::cout << spaces << '\n';
    });
    return run_command_line(app, argc, argv);
}
