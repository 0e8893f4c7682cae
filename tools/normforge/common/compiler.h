// SPDX-License-Identifier: MIT
// The kernel compiler that belongs to this program.
#pragma once

#include "generators/emit/library.h"

#include <optional>
#include <string>
#include <vector>

namespace normforge {

/// Names of targets as asked for, in the order of the target table (best first); "native" is the best this machine can run.
/// Throws std::runtime_error if it runs none.
std::vector<std::string> resolve_targets(const std::vector<std::string> &asked);

/// Files that belong to this program: beside the executable when built, under the same prefix when installed.
std::string beside_executable(const char *relative);

/// How to compile for the targets, which must be of one architecture, with as many jobs as there are CPUs. The directory is
/// left open. Throws std::runtime_error for other targets, or for a toolchain that is not there.
LibraryOptions library_options(const std::vector<std::string> &targets, const std::optional<std::string> &toolchain);

} // namespace normforge
