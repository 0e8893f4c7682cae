// SPDX-License-Identifier: MIT
// Kernel set -> DIR/lib/lib<set>.a and .so, DIR/include/<set>.h, DIR/<set>.json, and the packages of package.h. Equal input
// gives equal bytes.
#pragma once

#include "generators/emit/child_process.h"
#include "generators/emit/toolchain.h"
#include "generators/kernel_sets/kernel_set.h"

#include <functional>
#include <string>

namespace normforge {

struct LibraryOptions {
    std::string directory;         ///< where to write; created if missing
    std::string compiler;          ///< path of normforge-compiler
    std::string include_directory; ///< holds normforge/kernel_table.h
    Toolchain toolchain;
    int jobs = 1;     ///< kernels compiled at once
    RunLimits limits; ///< of each program that is run for it
    /// Called after each kernel with the number done and the symbol; from one thread at a time.
    std::function<void(size_t, const std::string &)> progress;
};

/// Builds the library. Files appear complete or not at all. Throws std::runtime_error, TimedOut where a limit says so.
std::vector<CompiledVariant> build_library(const KernelSet &set, const LibraryOptions &options);

} // namespace normforge
