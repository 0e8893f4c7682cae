// SPDX-License-Identifier: MIT
// T4, the FAIR autotuning community's format for results. The schema leaves units and additional keys to the writer: times
// are milliseconds, as in Kernel Tuner's files, and its names stand beside those of the schema.
#include "tools/normforge/db/recorded.h"

#include <numeric>
#include <stdexcept>

namespace normforge {

namespace {

using nlohmann::ordered_json;

/// T4's word for it.
const char *invalidity(Outcome outcome) {
    switch (outcome) {
    case Outcome::measured: return "correct";
    case Outcome::compile: return "compile";
    case Outcome::timeout: return "timeout";
    case Outcome::crash:
    case Outcome::memory:
    case Outcome::disturbed: return "runtime";
    case Outcome::wrong: return "correctness";
    }
    throw std::logic_error("no outcome");
}

double sum(const std::vector<double> &numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), 0.0);
}

ordered_json times(const Measurement &m) {
    const double compilation = m.compile_seconds * 1e3;
    return {{"compilation_time", compilation},
            {"compilation", compilation},
            {"benchmark", sum(m.milliseconds) + sum(m.default_milliseconds)},
            {"framework", 0}, // these three are not recorded
            {"search_algorithm", 0},
            {"validation", 0},
            {"runtimes", m.milliseconds}};
}

ordered_json measurements(const Measurement &m) {
    const auto named = [](const char *name, const ordered_json &value, const char *unit) {
        return ordered_json{{"name", name}, {"value", value}, {"unit", unit}};
    };
    ordered_json list = ordered_json::array({named("phase", m.phase, "")});
    if (!m.measured()) {
        list.push_back(named("failure", std::string(name_of(m.outcome)) + ": " + m.message, ""));
        return list;
    }
    list.push_back(named("time", median(m.milliseconds), "ms"));
    list.push_back(named("default_time", median(m.default_milliseconds), "ms"));
    list.push_back(named("default_times", m.default_milliseconds, "ms"));
    list.push_back(named("cost", cost(m), ""));
    return list;
}

} // namespace

std::string t4_text(const RecordedProblem &problem) {
    const Measurement &first = problem.first();
    ordered_json results = ordered_json::array();
    for (const Trial &trial : problem.trials) {
        const Measurement &m = trial.measurement;
        ordered_json configuration = ordered_json::object();
        for (const auto &[name, value] : trial.choices) configuration[name] = value;
        results.push_back({{"timestamp", m.time},
                           {"configuration", configuration},
                           {"objectives", {"time"}},
                           {"times", times(m)},
                           {"invalidity", invalidity(m.outcome)},
                           {"correctness", m.measured() ? 1 : 0},
                           {"measurements", measurements(m)}});
    }
    const ordered_json document = {{"schema_version", "1.0.0"},
                                   {"metadata",
                                    {{"timeunit", "milliseconds"},
                                     {"problem", first.problem},
                                     {"target", first.target},
                                     {"device", first.device},
                                     {"threads", first.threads},
                                     {"parameter_space", first.signature},
                                     {"normforge", first.normforge},
                                     {"halide", first.halide},
                                     {"llvm", first.llvm}}},
                                   {"results", results}};
    return document.dump(1) + "\n";
}

} // namespace normforge
