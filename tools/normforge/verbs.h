// SPDX-License-Identifier: MIT
// The verbs of the command line. One file per verb defines its add_<verb>(): it adds the subcommand with its options, a
// footer with an example, and a callback that does the work. main.cpp turns what a callback throws into the exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace normforge {

/// What the process returns; part of the command line's contract.
enum ExitStatus {
    kExitOk = 0,          ///< done
    kExitCheckFailed = 1, ///< the command ran, and what it checked did not hold
    kExitBadInput = 2     ///< bad usage, or an input that cannot be read or used
};

/// Thrown by a verb whose check did not hold: exit status 1. Every other exception means bad usage or input: status 2.
class CheckFailed : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

void add_gen(CLI::App &app);
void add_verify(CLI::App &app);
void add_bench(CLI::App &app);
void add_info(CLI::App &app);

} // namespace normforge
