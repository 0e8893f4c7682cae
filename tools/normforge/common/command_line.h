// SPDX-License-Identifier: MIT
// What every program here does with a command line: exit statuses, and exceptions that become error texts.
#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>

namespace normforge {

/// What the process returns; part of the command line's contract.
enum ExitStatus {
    kExitOk = 0,            ///< done
    kExitCheckFailed = 1,   ///< the command ran, and what it checked did not hold
    kExitBadInput = 2,      ///< bad usage, or an input that cannot be read or used
    kExitInterrupted = 130, ///< ended by Ctrl-C: 128 + SIGINT, as a shell also says it of a program that the signal killed
};

/// The same for texts, in ascending order: --help of every verb, the manual page.
struct ExitStatusText {
    ExitStatus status;
    const char *meaning;
};
inline constexpr ExitStatusText kExitStatusTexts[] = {
    {kExitOk, "done"},
    {kExitCheckFailed, "a check failed"},
    {kExitBadInput, "bad usage or input"},
    {kExitInterrupted, "interrupted (Ctrl-C)"},
};

/// Thrown when a check did not hold: exit status 1. Every other exception but the next means bad usage or input: status 2.
class CheckFailed : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Thrown by what handles SIGINT itself, after it has put its results away: exit status 130.
class Interrupted : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Parses the command line, which runs the callbacks. Returns the exit status; what they throw goes to stderr after the
/// program's name. Every verb's --help ends with the exit statuses.
int run_command_line(CLI::App &app, int argc, char **argv);

} // namespace normforge
