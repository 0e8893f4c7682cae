// SPDX-License-Identifier: MIT
// Kernel sets as shared libraries: finds lib<set>.so, opens it and registers its table nf_kernels_<set> with the runtime.
#pragma once

#include <CLI/CLI.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace normforge {

/// One kernel set that was loaded; it stays loaded until the process ends, because the runtime keeps pointers into it.
struct KernelLibrary {
    std::string path;
    std::string set;
    size_t kernel_count = 0;
};

/// Loads lib<set>.so and registers its table. Throws std::runtime_error with the reason: unreadable, not a library, for
/// another architecture, not a kernel set, another version.
KernelLibrary load_kernel_library(const std::string &path);

/// Where the default kernel set lies: ../lib/normforge/libdefault.so, seen from the executable.
std::string default_kernel_library();

/// The option --kernels, the same for every verb that runs kernels.
class KernelOptions {
public:
    CLI::Option *add_to(CLI::App &verb);

    /// The libraries that --kernels named, in that order of preference, else the one of the default set. Throws
    /// std::runtime_error if there are none.
    std::vector<std::string> files() const;

    /// Loads them, see load_kernel_library().
    std::vector<KernelLibrary> load() const;

private:
    std::vector<std::string> paths_;
};

} // namespace normforge
