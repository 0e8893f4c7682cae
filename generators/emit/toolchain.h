// SPDX-License-Identifier: MIT
// The C compiler and binutils that make a library of kernels: which ones, and whether they are there.
#pragma once

#include "runtime/targets.h"

#include <optional>
#include <string>

namespace normforge {

/// Paths of the programs.
struct Toolchain {
    std::string compiler, linker, objcopy, archiver;
};

/// Finds gcc, ld, objcopy and ar with this prefix of their names, e.g. "aarch64-linux-gnu-"; without one, those of the
/// system or, for a target of another architecture than this machine's, those of Debian's cross compiler. Throws
/// std::runtime_error that names the first one that is not there, or a compiler for another architecture, and says what to
/// install or pass.
Toolchain find_toolchain(const Target &target, const std::optional<std::string> &prefix);

} // namespace normforge
