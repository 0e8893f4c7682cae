// SPDX-License-Identifier: MIT
// Text and JSON of what came of tuning.
#include "tools/normforge/tune/tune_text.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

size_t failures_of(const TunedProblem &tuned) {
    size_t sum = 0;
    for (const auto &[outcome, failures] : tuned.failures) sum += failures.count;
    return sum;
}

std::string what_won(const TunedProblem &tuned) {
    return tuned.why_default.empty() ? tuned.entry->configuration : "default: " + tuned.why_default;
}

nlohmann::json to_json(const Timing &timing) {
    return {{"median", timing.median}, {"least", timing.least}, {"most", timing.most}};
}

} // namespace

TuneRows::TuneRows(const std::vector<std::string> &problems) : width_(7) {
    for (const std::string &problem : problems) width_ = std::max(width_, problem.size());
    fmt::print("{:{}}  {:>10}  {:>8}  {:>8}  {:>9}  {:>6}  {}\n", "problem", width_, "default ms", "tuned ms", "speed-up",
               "tried", "failed", "parameters");
}

void TuneRows::add(const TunedProblem &tuned) const {
    const auto number = [&](double value, int digits) { return tuned.entry ? fmt::format("{:.{}f}", value, digits) : "-"; };
    const TunedEntry entry = tuned.entry.value_or(TunedEntry());
    fmt::print("{:{}}  {:>10}  {:>8}  {:>8}  {:>9}  {:6}  {}\n", tuned.problem, width_, number(entry.untuned.median, 4),
               number(entry.tuned.median, 4), number(speed_up(entry), 3),
               fmt::format("{}/{}", tuned.candidates, tuned.space), failures_of(tuned), what_won(tuned));
    std::fflush(stdout);
}

std::string summary_text(const std::vector<TunedProblem> &tuned) {
    if (tuned.empty()) return "no problem was tuned\n";
    double logarithms = 0;
    size_t winners = 0, measured = 0, undecided = 0;
    std::map<std::string, Failures> failures;
    for (const TunedProblem &one : tuned) {
        if (one.entry) logarithms += std::log(speed_up(*one.entry));
        measured += one.entry.has_value();
        winners += one.why_default.empty();
        undecided += one.entry && !one.decided;
        for (const auto &[outcome, some] : one.failures) {
            Failures &sum = failures[outcome];
            if (sum.count == 0) sum.first = one.problem + ": " + some.first;
            sum.count += some.count;
        }
    }
    std::string text =
        fmt::format("{} of {} problems have a kernel that is faster than the default; geometric mean: {:.3f}\n", winners,
                    tuned.size(), std::exp(logarithms / static_cast<double>(std::max<size_t>(measured, 1))));
    if (measured < tuned.size())
        text += fmt::format("{} of them were not tried: no time was left\n", tuned.size() - measured);
    if (undecided > 0) text += fmt::format("{} of them were not decided: no time was left for their finals\n", undecided);
    for (const auto &[outcome, some] : failures)
        text += fmt::format("{} candidates failed ({}), the first: {}\n", some.count, outcome, some.first);
    return text;
}

nlohmann::json to_json(const TunedProblem &tuned) {
    nlohmann::json failures = nlohmann::json::object();
    for (const auto &[outcome, some] : tuned.failures) failures[outcome] = {{"count", some.count}, {"first", some.first}};
    nlohmann::json document = {{"problem", tuned.problem}, {"candidates", tuned.candidates},
                               {"space", tuned.space},     {"failures", failures},
                               {"decided", tuned.decided}, {"why_default", tuned.why_default}};
    if (tuned.entry) {
        document["configuration"] = tuned.entry->configuration;
        document["speed_up"] = speed_up(*tuned.entry);
        document["milliseconds"] = to_json(tuned.entry->tuned);
        document["default_milliseconds"] = to_json(tuned.entry->untuned);
        document["rounds"] = tuned.entry->rounds;
    }
    if (tuned.noise) document["noise"] = *tuned.noise;
    return document;
}

nlohmann::json to_json(const FailedProblem &failed) {
    return {{"problem", failed.problem}, {"error", failed.error}};
}

} // namespace normforge
