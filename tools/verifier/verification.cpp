// SPDX-License-Identifier: MIT
// Every usable variant that fits a problem, forced by name. The runner and the bounds are those of the kernel tests.
#include "tools/verifier/verification.h"

#include "runtime/threads.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include "tools/normforge/common/command_line.h"
#include "tools/normforge/common/near_matches.h"
#include "tools/normforge/common/progress.h"
#include "tools/verifier/verdicts.h"

#include <fmt/format.h>
#include <new>
#include <nlohmann/json.hpp>
#include <set>

namespace normforge {

namespace {

using testing::Variant;

std::runtime_error no_such_variant(const std::string &name) {
    std::vector<std::string> names;
    for (const Variant &variant : testing::registered_variants()) names.push_back(variant.name);
    return std::runtime_error(
        fmt::format("--variant {}: no such variant; near it: {}", name, fmt::join(near_matches(name, names), ", ")));
}

/// The variants to verify: all that this CPU can run, or the one named. Of several with one name the library only ever runs
/// the first.
Verification chosen_variants(const std::string &name) {
    Verification result;
    std::vector<Verdict> &chosen = result.verdicts;
    std::set<std::string> seen;
    for (const Variant &variant : testing::registered_variants()) {
        if (!name.empty() && variant.name != name) continue;
        if (!seen.insert(variant.name).second)
            result.shadowed.push_back(variant);
        else if (variant.usable)
            chosen.push_back({variant});
        else if (name.empty())
            ++result.skipped;
        else
            throw std::runtime_error(fmt::format("--variant {}: this CPU lacks {}", name, variant.parts.target));
    }
    if (chosen.empty() && name.empty()) throw std::runtime_error("no registered variant can run on this CPU");
    if (chosen.empty()) throw no_such_variant(name);
    return result;
}

/// Forces the verdict's variant, if it has one.
void verify_one(Verdict &verdict, Verdict &of_problem, const Problem &problem, const testing::Inputs &inputs,
                const VerifyOptions &options) {
    ++verdict.problems;
    ++of_problem.problems;
    const auto fail = [&](const std::string &what) {
        const std::string variant = verdict.variant.name.empty() ? "" : " --variant " + verdict.variant.name;
        const std::string text = to_string(problem);
        verdict.failures.push_back({text, what, fmt::format("{} {}{}", options.command, text, variant)});
        of_problem.failures.push_back(verdict.failures.back());
    };
    try {
        const auto results = testing::run(problem, inputs, {verdict.variant.name, options.threads});
        const testing::Comparison comparison = testing::compare(problem, inputs, results);
        verdict.add(comparison);
        if (of_problem.add(comparison)) of_problem.variant = verdict.variant;
        if (!comparison.within_bounds()) fail("over its bound: " + testing::to_string(comparison, true));
    } catch (const testing::RunFailure &failure) {
        fail(failure.what());
    }
}

void verify_problem(Verification &verification, const Problem &problem, const VerifyOptions &options) {
    std::vector<Verdict *> fitting;
    if (testing::is_empty(problem))
        fitting.push_back(&verification.empty_batches);
    else if (testing::steps_of(problem).empty())
        fitting.push_back(&verification.unforced);
    for (Verdict &verdict : verification.verdicts) {
        if (testing::fits(verdict.variant.parts, problem)) fitting.push_back(&verdict);
    }
    if (fitting.empty()) {
        throw std::runtime_error(
            fmt::format("{}: {}", to_string(problem),
                        options.variant.empty() ? "no registered variant fits" : options.variant + " does not fit"));
    }
    try {
        const testing::Inputs inputs = testing::make_inputs(problem.description, {});
        verification.problems.push_back({to_string(problem)});
        for (Verdict *verdict : fitting)
            verify_one(*verdict, verification.problems.back().verdict, problem, inputs, options);
    } catch (const std::bad_alloc &) {
        throw std::runtime_error(fmt::format("{}: {}", to_string(problem), memory_text(problem)));
    }
}

} // namespace

void VerifyOptions::add_to(CLI::App &app) {
    problems.add_to(app);
    app.add_option("--variant", variant, "Verify this variant only")->type_name("NAME")->check(kNotEmpty);
    app.add_option("--threads", threads, "Use at most N threads (default: as many as the library would)")
        ->type_name("N")
        ->check(CLI::Range(1, kMaxThreads));
    json.add_to(app, "Write what was compared, by variant, and what failed");
}

void verify(const VerifyOptions &options) {
    const std::vector<ShapeLine> lines = options.problems.read();
    for (const ShapeLine &line : lines) require_usable(line.problem);
    Verification verification = chosen_variants(options.variant);
    options.json.require_writable();

    Progress progress(lines.size());
    for (size_t i = 0; i < lines.size(); ++i) {
        progress.show(i, to_string(lines[i].problem));
        verify_problem(verification, lines[i].problem, options);
    }
    progress.clear();

    options.json.write(to_json(verification));
    if (options.json.wants_text()) print_verdicts(verification);
    if (const size_t failures = print_failures(verification))
        throw CheckFailed(fmt::format("{} comparisons failed", failures));
}

} // namespace normforge
