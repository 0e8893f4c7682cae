// SPDX-License-Identifier: MIT
// What every program here does with a command line: exit statuses, and exceptions that become error texts.
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

/// Thrown when a check did not hold: exit status 1. Every other exception means bad usage or input: status 2.
class CheckFailed : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Parses the command line, which runs the callbacks. Returns the exit status; what they throw goes to stderr after the
/// program's name.
int run_command_line(CLI::App &app, int argc, char **argv);

} // namespace normforge
