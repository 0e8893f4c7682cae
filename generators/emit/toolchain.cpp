// SPDX-License-Identifier: MIT
// Searches PATH before anything is compiled, so that a missing program costs no minutes and leaves nothing behind.
#include "generators/emit/toolchain.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace normforge {

namespace fs = std::filesystem;

namespace {

/// Debian's compilers for other machines. The package of the C++ compiler: unlike gcc's it also brings the C library's
/// headers and start files, without which nothing links.
struct CrossCompiler {
    std::string_view architecture;
    const char *prefix, *package;
};
constexpr CrossCompiler kCrossCompilers[] = {
    {"x86-64", "x86_64-linux-gnu-", "g++-x86-64-linux-gnu"},
    {"arm-64", "aarch64-linux-gnu-", "g++-aarch64-linux-gnu"},
};

bool is_program(const std::string &path) {
    std::error_code unreadable;
    return fs::is_regular_file(path, unreadable) && access(path.c_str(), X_OK) == 0;
}

/// The path of a program in PATH; a name with a slash is a path already. Nothing if it is not there.
std::optional<std::string> find_program(const std::string &name) {
    if (name.find('/') != std::string::npos) return is_program(name) ? std::optional(name) : std::nullopt;
    const char *path = std::getenv("PATH");
    std::istringstream directories(path ? path : "/bin:/usr/bin");
    for (std::string directory; std::getline(directories, directory, ':');) {
        const std::string file = (fs::path(directory.empty() ? "." : directory) / name).string();
        if (is_program(file)) return file;
    }
    return std::nullopt;
}

/// The compiler for another architecture than this machine's, null where the system's own will do.
const CrossCompiler *cross_compiler(const Target &target) {
    if (std::string_view(target.architecture) == cpu_architecture()) return nullptr;
    const auto *row = std::find_if(std::begin(kCrossCompilers), std::end(kCrossCompilers),
                                   [&](const CrossCompiler &each) { return each.architecture == target.architecture; });
    return row == std::end(kCrossCompilers) ? nullptr : row;
}

} // namespace

Toolchain find_toolchain(const Target &target, const std::optional<std::string> &prefix) {
    const CrossCompiler *cross = cross_compiler(target);
    const auto find = [&](const std::string &tool) {
        const std::string name = prefix.value_or(cross ? cross->prefix : "") + tool;
        if (const auto path = find_program(name)) return *path;
        if (prefix)
            throw std::runtime_error("--toolchain '" + *prefix + "': " + name +
                                     (name.find('/') == std::string::npos ? " is not in PATH" : " is no program") +
                                     ", expected a prefix with which gcc, ld, objcopy and ar are found");
        throw std::runtime_error("--target " + std::string(target.name) + " needs " + name +
                                 ", which is not in PATH: install " + (cross ? cross->package : "g++") +
                                 ", or name another toolchain with --toolchain");
    };
    return {find("gcc"), find("ld"), find("objcopy"), find("ar")};
}

} // namespace normforge
