// SPDX-License-Identifier: MIT
// What verification found, by variant, and how it is printed.
#pragma once

#include "tests/support/compare.h"
#include "tests/support/variants.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace normforge {

/// A comparison that failed, and the command line that repeats it.
struct Failure {
    std::string problem, what, command;
};

/// What is known about one variant after all its problems.
struct Verdict {
    testing::Variant variant;
    int problems = 0;
    int64_t values = 0;
    int64_t near_kink = 0;
    std::string worst_output = "-"; ///< the one that came nearest to its bound
    double error = 0, bound = 0;
    double share = -1; ///< error / bound
    std::vector<Failure> failures = {};

    /// Whether one of these came nearer to its bound than any before.
    bool add(const testing::Comparison &comparison);
};

/// The same about one problem after all variants that fit it; the variant is the one nearest its bound.
struct ProblemVerdict {
    std::string problem;
    Verdict verdict = {};
};

/// What is verified, and what is not.
struct Verification {
    std::vector<Verdict> verdicts;
    Verdict empty_batches = {}; ///< no variant runs for them
    Verdict unforced = {};      ///< nothing asked for, or pieces of a layout: what runs is the library's affair
    std::vector<ProblemVerdict> problems = {};
    size_t skipped = 0; ///< variants that this CPU cannot run
    std::vector<testing::Variant> shadowed = {};
};

/// Prints the table and what did not run.
void print_verdicts(const Verification &verification);

/// The same for programs, and the failures.
nlohmann::json to_json(const Verification &verification);

/// Prints every failure to stderr. Returns how many there are.
size_t print_failures(const Verification &verification);

} // namespace normforge
