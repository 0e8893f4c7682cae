// SPDX-License-Identifier: MIT
// Compares variants with the float64 reference: what `normforge verify` does with the kernel sets it loads, and
// normforge-verify with the one it holds.
#pragma once

#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/problems.h"

#include <CLI/CLI.hpp>
#include <string>

namespace normforge {

struct VerifyOptions {
    ProblemOptions problems;
    std::string variant; ///< empty: all
    int threads = 0;     ///< 0: as many as the library would take
    JsonOption json;
    std::string command; ///< what to type for this verification; failures are reported as such a command line

    /// Adds all options but `command`.
    void add_to(CLI::App &app);
};

/// Runs every registered variant that this CPU can run, or the one named, on each problem that it fits, and prints a table
/// or writes JSON. Throws CheckFailed, after the failures were printed to stderr, if an error is over its bound;
/// std::runtime_error for what cannot be verified.
void verify(const VerifyOptions &options);

} // namespace normforge
