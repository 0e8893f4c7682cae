// SPDX-License-Identifier: MIT
// Kernel Tuner's cache file. It is read by text: the file must end in "}\n}", or Kernel Tuner takes it for one that was not
// closed. A configuration has one entry, under its values joined by commas.
#include "runtime/problem.h"
#include "tools/normforge/db/recorded.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <numeric>
#include <set>

namespace normforge {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

/// Python's str() of the values.
std::string key_of(const Choices &choices) {
    std::string key;
    for (const auto &[name, value] : choices)
        key += (key.empty() ? "" : ",") + (value.is_string() ? value.get<std::string>() : value.dump());
    return key;
}

ordered_json entry(const Trial &trial) {
    const Measurement &m = trial.measurement;
    ordered_json entry = ordered_json::object();
    for (const auto &[name, value] : trial.choices) entry[name] = value;
    if (m.measured()) {
        entry["time"] = median(m.milliseconds);
        entry["times"] = m.milliseconds;
        entry["default_time"] = median(m.default_milliseconds);
    } else { // the names of its classes; older versions look for one in the objective, newer ones in any field
        const char *error = m.outcome == Outcome::compile ? "CompilationFailedConfig" : "RuntimeFailedConfig";
        entry["time"] = error;
        entry["__error__"] = error;
    }
    const auto sum = [](const std::vector<double> &list) { return std::accumulate(list.begin(), list.end(), 0.0); };
    entry["compile_time"] = m.compile_seconds * 1e3; // all times are milliseconds
    entry["benchmark_time"] = sum(m.milliseconds) + sum(m.default_milliseconds);
    entry["verification_time"] = 0; // these three are not recorded
    entry["strategy_time"] = 0;
    entry["framework_time"] = 0;
    entry["timestamp"] = m.time;
    return entry;
}

/// For each configuration the last trial of the search: all of them were made alike. Without one, the last of any phase.
std::vector<std::pair<std::string, const Trial *>> last_trials(const std::vector<Trial> &trials) {
    std::vector<std::pair<std::string, const Trial *>> last;
    std::map<std::string, size_t> places;
    for (const Trial &trial : trials) {
        const auto [place, is_new] = places.emplace(key_of(trial.choices), last.size());
        if (is_new)
            last.emplace_back(place->first, &trial);
        else if (trial.measurement.phase == "search" || last[place->second].second->measurement.phase != "search")
            last[place->second].second = &trial;
    }
    return last;
}

} // namespace

std::string kernel_tuner_text(const RecordedProblem &problem) {
    const Measurement &first = problem.first();
    const nf_layout x = parse_problem(first.problem).description.x;
    ordered_json names = ordered_json::array(), values = ordered_json::object();
    for (size_t i = 0; i < problem.trials.front().choices.size(); ++i) {
        std::set<json> tried;
        for (const Trial &trial : problem.trials) tried.insert(trial.choices[i].second);
        const std::string &name = problem.trials.front().choices[i].first;
        names.push_back(name);
        values[name] = tried;
    }
    const std::vector<std::pair<const char *, ordered_json>> head = {
        {"device_name", first.device},
        {"kernel_name", first.problem},
        {"problem_size", std::vector<int64_t>(x.extents, x.extents + x.rank)},
        {"tune_params_keys", names},
        {"tune_params", values},
        {"objective", "time"},
        {"target", first.target},
        {"threads", first.threads},
        {"parameter_space", first.signature},
    };
    std::string text = "{";
    for (const auto &[key, value] : head) text += fmt::format("\n\"{}\": {},", key, value.dump());
    text += "\n\"cache\": {";
    const char *separator = "\n";
    for (const auto &[key, trial] : last_trials(problem.trials)) {
        text += fmt::format("{}{}: {}", separator, json(key).dump(), entry(*trial).dump());
        separator = ",\n";
    }
    return text + "\n}\n}\n";
}

} // namespace normforge
