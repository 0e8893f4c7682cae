// SPDX-License-Identifier: MIT
// Sums up comparisons, and prints them as a table.
#include "tools/verifier/verdicts.h"

#include "tools/normforge/common/table.h"

#include <cstdio>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

/// Which variants ran nothing, by name if they are few.
void print_unused(const Verification &verification) {
    constexpr size_t kFew = 24;
    std::vector<std::string> unused;
    for (const Verdict &v : verification.verdicts)
        if (v.problems == 0) unused.push_back(v.variant.name);
    const size_t all = verification.verdicts.size();
    fmt::print("{} of {} variants ran", all - unused.size(), all);
    if (unused.empty())
        fmt::print("\n");
    else if (unused.size() > kFew)
        fmt::print("; no problem exercised the other {}\n", unused.size());
    else
        fmt::print("; no problem exercised\n  {}\n", fmt::join(unused, "\n  "));
}

nlohmann::json to_json(const Failure &failure) {
    return {{"problem", failure.problem}, {"what", failure.what}, {"command", failure.command}};
}

/// The one nearest its bound; null if nothing was compared.
nlohmann::json nearest_of(const Verdict &verdict) {
    if (verdict.share < 0) return nullptr;
    return {{"output", verdict.worst_output}, {"error", verdict.error}, {"bound", verdict.bound}};
}

nlohmann::json to_json(const ProblemVerdict &one) {
    nlohmann::json nearest = nearest_of(one.verdict);
    if (!nearest.is_null()) nearest["variant"] = one.verdict.variant.name;
    return {{"problem", one.problem},
            {"variants", one.verdict.problems},
            {"nearest_its_bound", nearest},
            {"failures", one.verdict.failures.size()}};
}

/// Of all comparisons: how many, the one nearest its bound, those that failed.
nlohmann::json counts(const Verdict &verdict) {
    nlohmann::json failures = nlohmann::json::array();
    for (const Failure &failure : verdict.failures) failures.push_back(to_json(failure));
    return {{"problems", verdict.problems},
            {"values", verdict.values},
            {"near_kink", verdict.near_kink},
            {"nearest_its_bound", nearest_of(verdict)},
            {"failures", failures}};
}

} // namespace

bool Verdict::add(const testing::Comparison &comparison) {
    bool nearer = false;
    values += comparison.elements;
    near_kink += comparison.near_kink;
    for (const testing::Measured &m : comparison.outputs) {
        const double part = m.error > 0 ? m.error / m.bound : 0; // a bound of 0 allows nothing
        if (part <= share) continue;
        share = part;
        worst_output = name_of(m.output);
        error = m.error;
        bound = m.bound;
        nearer = true;
    }
    return nearer;
}

void print_verdicts(const Verification &verification) {
    Table table({"variant", "nearest its bound", "problems", "values", "error", "bound"}, 2);
    int comparisons = 0;
    int64_t values = 0, near_kink = 0;
    for (const Verdict &v : verification.verdicts) {
        if (v.problems == 0) continue;
        table.add({v.variant.name, v.worst_output, std::to_string(v.problems), std::to_string(v.values),
                   fmt::format("{:.2f}", v.error), fmt::format("{:.2f}", v.bound)});
        comparisons += v.problems;
        values += v.values;
        near_kink += v.near_kink;
    }
    fmt::print("{}\n{} comparisons, {} values; units: docs/numerics.md\n", table.text(), comparisons, values);
    if (near_kink > 0)
        fmt::print("{} pre-activations too near a jump of the derivative for the reference: the kernel's side was taken\n",
                   near_kink);
    if (verification.empty_batches.problems > 0)
        fmt::print("{} empty batches, for which no variant runs, are not among them\n", verification.empty_batches.problems);
    if (verification.unforced.problems > 0)
        fmt::print("{} problems for which no variant can be forced ran as the library chose\n",
                   verification.unforced.problems);
    print_unused(verification);
    if (verification.skipped > 0)
        fmt::print("{} variants skipped: this CPU cannot run their target\n", verification.skipped);
    for (const testing::Variant &variant : verification.shadowed) {
        fmt::print(
            "{} of set {} is not verified: an earlier set has a variant of the same name, and only that one ever runs\n",
            variant.name, variant.set);
    }
}

nlohmann::json to_json(const Verification &verification) {
    nlohmann::json variants = nlohmann::json::array(), problems = nlohmann::json::array(),
                   shadowed = nlohmann::json::array();
    for (const Verdict &v : verification.verdicts) {
        nlohmann::json one = counts(v);
        one.update({{"name", v.variant.name}, {"set", v.variant.set}, {"target", v.variant.parts.target}});
        variants.push_back(one);
    }
    for (const ProblemVerdict &one : verification.problems) problems.push_back(to_json(one));
    for (const testing::Variant &variant : verification.shadowed)
        shadowed.push_back({{"name", variant.name}, {"set", variant.set}});
    return {{"variants", variants},
            {"problems", problems},
            {"empty_batches", counts(verification.empty_batches)},
            {"library_choice", counts(verification.unforced)},
            {"skipped", verification.skipped},
            {"shadowed", shadowed}};
}

size_t print_failures(const Verification &verification) {
    std::fflush(stdout); // failures come after the table where both streams end in one file
    size_t failures = 0;
    const auto print = [&](const std::string &name, const Verdict &verdict) {
        for (const Failure &failure : verdict.failures)
            fmt::print(stderr, "{}: {}\n  {}\n", name, failure.what, failure.command);
        failures += verdict.failures.size();
    };
    for (const Verdict &verdict : verification.verdicts) print(verdict.variant.name, verdict);
    print("empty batch", verification.empty_batches);
    print("the library's choice", verification.unforced);
    return failures;
}

} // namespace normforge
