// SPDX-License-Identifier: MIT
// Runs other programs: the per-kernel compiler, the C compiler, binutils.
#pragma once

#include <string>
#include <vector>

namespace normforge {

/// Runs a program (searched in PATH) and waits. Returns what it wrote to stdout. Throws std::runtime_error with its stderr
/// if it cannot be started, ends with another status than 0, or is killed.
std::string run(const std::vector<std::string> &command);

} // namespace normforge
