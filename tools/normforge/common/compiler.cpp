// SPDX-License-Identifier: MIT
// normforge-compiler and a C toolchain.
#include "tools/normforge/common/compiler.h"

#include "runtime/allowed_cpus.h"
#include "runtime/targets.h"
#include "tools/normforge/common/target_name.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <stdexcept>
#include <string_view>

namespace normforge {

namespace {

/// The target by which the toolchain is chosen: any, as long as all are of one architecture, as a library's code must be.
const Target &common_architecture(const std::vector<std::string> &targets) {
    const Target &first = *find_target(targets.front());
    for (const std::string &name : targets) {
        const Target &other = *find_target(name);
        if (std::string_view(other.architecture) != first.architecture) {
            throw std::runtime_error(fmt::format("--target: {} is for {}, {} for {}, expected targets of one architecture",
                                                 first.name, first.architecture, other.name, other.architecture));
        }
    }
    return first;
}

} // namespace

std::vector<std::string> resolve_targets(const std::vector<std::string> &asked) {
    auto is_asked = [&](const std::string &name) { return std::find(asked.begin(), asked.end(), name) != asked.end(); };
    std::vector<std::string> targets;
    bool native = is_asked(kNative);
    for (const Target &target : kTargets) {
        bool best_here = native && target_usable(target);
        if (best_here) native = false;
        if (best_here || is_asked(target.name)) targets.emplace_back(target.name);
    }
    if (targets.empty())
        throw std::runtime_error("--target native: this machine runs no target, expected one of: " + target_choices());
    return targets;
}

std::string beside_executable(const char *relative) {
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / relative).lexically_normal().string();
}

LibraryOptions library_options(const std::vector<std::string> &targets, const std::optional<std::string> &toolchain) {
    LibraryOptions options;
    options.toolchain = find_toolchain(common_architecture(targets), toolchain);
    options.compiler = beside_executable("normforge-compiler");
    options.include_directory = beside_executable("../include");
    options.jobs = allowed_cpus();
    return options;
}

} // namespace normforge
