// SPDX-License-Identifier: MIT
// `normforge verify`: every usable variant that fits a problem, forced by name, against the float64 reference. The runner
// and the bounds are those of the kernel tests.
#include "runtime/threads.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include "tools/normforge/common/kernel_library.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/common/table.h"
#include "tools/normforge/verbs.h"

#include <fmt/format.h>
#include <memory>
#include <new>
#include <set>

namespace normforge {

namespace {

using testing::Comparison;
using testing::Measured;
using testing::Variant;

struct VerifyOptions {
    KernelOptions kernels;
    ProblemOptions problems;
    std::string variant;
    int threads = 0;
};

/// What is known about one variant after all its problems.
struct Verdict {
    Variant variant;
    int problems = 0;
    int64_t values = 0;
    int64_t near_kink = 0;
    std::string worst_output = "-"; ///< the one that came nearest to its bound
    double error = 0, bound = 0;
    std::vector<std::string> failures = {};

    void add(const Comparison &comparison) {
        values += comparison.elements;
        near_kink += comparison.near_kink;
        for (const Measured &m : comparison.outputs) {
            if (bound > 0 && m.error / m.bound <= error / bound) continue;
            worst_output = name_of(m.output);
            error = m.error;
            bound = m.bound;
        }
    }
};

/// What is verified, and what is not.
struct Verification {
    std::vector<Verdict> verdicts;
    Verdict empty_batches = {}; ///< no variant runs for them
    size_t skipped = 0;         ///< variants that this CPU cannot run
    std::vector<Variant> shadowed = {};
};

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
    if (chosen.empty()) {
        throw std::runtime_error(name.empty() ? "no registered variant can run on this CPU"
                                              : fmt::format("--variant {}: no such variant; `normforge info --variants` "
                                                            "lists them",
                                                            name));
    }
    return result;
}

/// Forces the verdict's variant, if it has one.
void verify_one(Verdict &verdict, const Problem &problem, const testing::Inputs &inputs, int threads) {
    ++verdict.problems;
    const auto fail = [&](const std::string &what) {
        verdict.failures.push_back(fmt::format("{}\n  normforge verify {}{}", what, to_string(problem),
                                               verdict.variant.name.empty() ? "" : " --variant " + verdict.variant.name));
    };
    try {
        const auto results = testing::run(problem, inputs, {verdict.variant.name, threads});
        const Comparison comparison = testing::compare(problem, inputs, results);
        verdict.add(comparison);
        if (!comparison.within_bounds()) fail("over its bound: " + testing::to_string(comparison, true));
    } catch (const testing::RunFailure &failure) {
        fail(failure.what());
    }
}

void verify_problem(Verification &verification, const Problem &problem, const VerifyOptions &options) {
    std::vector<Verdict *> fitting;
    if (testing::is_empty(problem)) fitting.push_back(&verification.empty_batches);
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
        for (Verdict *verdict : fitting) verify_one(*verdict, problem, inputs, options.threads);
    } catch (const std::bad_alloc &) {
        throw std::runtime_error(fmt::format("{}: {}", to_string(problem), memory_text(problem)));
    }
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
    if (verification.skipped > 0)
        fmt::print("{} variants skipped: this CPU cannot run their target\n", verification.skipped);
    for (const Variant &variant : verification.shadowed) {
        fmt::print(
            "{} of set {} is not verified: an earlier set has a variant of the same name, and only that one ever runs\n",
            variant.name, variant.set);
    }
}

void verify(const VerifyOptions &options) {
    options.kernels.load();
    const std::vector<ShapeLine> lines = options.problems.read();
    for (const ShapeLine &line : lines) require_usable(line.problem);
    Verification verification = chosen_variants(options.variant);

    Progress progress(lines.size());
    for (size_t i = 0; i < lines.size(); ++i) {
        progress.show(i, to_string(lines[i].problem));
        verify_problem(verification, lines[i].problem, options);
    }
    progress.clear();

    print_verdicts(verification);
    size_t failures = 0;
    const auto report = [&](const std::string &name, const Verdict &verdict) {
        for (const std::string &failure : verdict.failures) fmt::print(stderr, "{}: {}\n", name, failure);
        failures += verdict.failures.size();
    };
    for (const Verdict &verdict : verification.verdicts) report(verdict.variant.name, verdict);
    report("empty batch", verification.empty_batches);
    if (failures > 0) throw CheckFailed(fmt::format("{} comparisons failed", failures));
}

} // namespace

void add_verify(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("verify", "Compare every variant that fits with the float64 reference");
    auto options = std::make_shared<VerifyOptions>();
    options->problems.add_to(*verb);
    options->kernels.add_to(*verb);
    verb->add_option("--variant", options->variant, "Verify this variant only")->type_name("NAME")->check(kNotEmpty);
    verb->add_option("--threads", options->threads, "Use at most N threads (default: as many as the library would)")
        ->type_name("N")
        ->check(CLI::Range(1, kMaxThreads));
    verb->footer("Errors are in the units of docs/numerics.md. Exit status 1 if one is over its bound.\n"
                 "Example: normforge verify --shapes benchmarks/shapes/edge_cases.txt");
    verb->callback([options] { verify(*options); });
}

} // namespace normforge
