// SPDX-License-Identifier: MIT
// Runs other programs: the per-kernel compiler, the C compiler, binutils, launchers.
#pragma once

#include <string>
#include <vector>

namespace normforge {

/// Runs a program (searched in PATH) and waits. Returns what it wrote to stdout. Throws std::runtime_error with its stderr
/// if it cannot be started, ends with another status than 0, or is killed.
std::string run(const std::vector<std::string> &command);

/// What became of a shell command.
struct ShellResult {
    int status;      ///< its exit status; 128 + N after signal N, as shells say it
    bool read_input; ///< whether anything of its standard input was read
};

/// Runs a command line in /bin/sh with a text as its standard input, and waits; its output goes where ours does.
ShellResult run_in_shell(const std::string &command, const std::string &input);

/// The word as one argument for a shell, in quotes if it needs them.
std::string shell_quoted(const std::string &word);

} // namespace normforge
