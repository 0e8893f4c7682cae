// SPDX-License-Identifier: MIT
// Small inputs of the report: a benchmark's JSON and journal lines, to be changed by tests.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge::testing {

inline const std::string kProblem = "forward_train:f32:nchw:2x3x4x5:relu";

inline nlohmann::json sample_series(const std::string &name, double milliseconds) {
    return {{"name", name},
            {"implementation", name + " code"},
            {"milliseconds", {milliseconds, 1.1 * milliseconds, 0.9 * milliseconds}},
            {"thrown_away_for_page_faults", 0},
            {"page_faults_in_those", 0},
            {"counted_though_preempted", 0}};
}

/// Ours takes 2 ms, a second time 2.2; copy 1, floor 1.6, onednn 6 ms.
inline nlohmann::json sample_case(const std::string &temperature = "cold") {
    return {{"problem", kProblem},
            {"op", "forward_train"},
            {"dtype", "f32"},
            {"layout", "nchw"},
            {"epilogue", "relu"},
            {"threads", 2},
            {"temperature", temperature},
            {"traffic_bytes", 1000000},
            {"slots", 4},
            {"exceeds_cache", true},
            {"note", ""},
            {"ours", sample_series("normforge", 2)},
            {"ours_again", sample_series("normforge", 2.2)},
            {"baseline", sample_series("copy", 1)},
            {"floor", sample_series("floor", 1.6)},
            {"peers", {sample_series("onednn", 6)}},
            {"information", nlohmann::json::array()}};
}

inline nlohmann::json sample_bench() {
    return {{"normforge", "0.1.0"},
            {"time", "2026-01-31T12:00:00Z"},
            {"peers", {{"onednn", "3.2.0"}}},
            {"machine",
             {{"processor", "A CPU"},
              {"cpus", 2},
              {"features", {"avx"}},
              {"l1_bytes", 32768},
              {"l2_bytes", 1048576},
              {"last_level_bytes", 33554432}}},
            {"threads", {2}},
            {"cases", {sample_case("cold"), sample_case("warm")}}};
}

/// Ten rounds of `cost` times the default's, and a slow one.
inline nlohmann::json sample_measurement(const std::string &configuration, double cost,
                                         const std::string &phase = "search") {
    std::vector<double> milliseconds(10, 2 * cost);
    milliseconds.push_back(5);
    return {{"format", 1},
            {"problem", kProblem},
            {"target", "x86-64-avx2"},
            {"device", "A CPU"},
            {"threads", 2},
            {"signature", "0123456789abcdef"},
            {"configuration", configuration},
            {"phase", phase},
            {"outcome", "measured"},
            {"message", ""},
            {"milliseconds", milliseconds},
            {"default_milliseconds", {2.0, 1.9, 2.1, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0}},
            {"compile_seconds", 0.5},
            {"normforge", "0.1.0"},
            {"halide", "19.0.0"},
            {"llvm", "19.1.7"},
            {"time", "2026-01-31T12:00:00Z"}};
}

/// A quarter of the bound, by one variant of three.
inline nlohmann::json sample_verify() {
    const nlohmann::json nearest = {{"variant", "nf_one"}, {"output", "y"}, {"error", 1.5}, {"bound", 6.0}};
    return {{"variants", nlohmann::json::array()},
            {"problems",
             {{{"problem", kProblem}, {"variants", 3}, {"failures", 0}, {"nearest_its_bound", nearest}},
              {{"problem", "stats:f32:nc:2x3"}, {"variants", 0}, {"failures", 0}, {"nearest_its_bound", nullptr}}}}};
}

inline nlohmann::json sample_failure(const std::string &outcome, const std::string &message) {
    nlohmann::json line = sample_measurement("vector=" + outcome, 1);
    line["outcome"] = outcome;
    line["message"] = message;
    line["milliseconds"] = line["default_milliseconds"] = nlohmann::json::array();
    return line;
}

} // namespace normforge::testing
