// SPDX-License-Identifier: MIT
// Searches PATH before anything is compiled, so that a missing program costs no minutes and leaves nothing behind.
#include "generators/emit/toolchain.h"

#include "generators/emit/child_process.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace normforge {

namespace fs = std::filesystem;

namespace {

/// How compilers call an architecture, and Debian's package of a cross compiler for it: of the C++ compiler, which unlike
/// gcc's also brings the C library's headers and start files, without which nothing links.
struct Compiler {
    std::string_view architecture;
    std::string machine; ///< first word of what `gcc -dumpmachine` says
    const char *cross_package;

    bool is_cross() const { return architecture != cpu_architecture(); }
};

const Compiler &compiler_for(const Target &target) {
    static const Compiler compilers[] = {
        {"x86-64", "x86_64", "g++-x86-64-linux-gnu"},
        {"arm-64", "aarch64", "g++-aarch64-linux-gnu"},
    };
    for (const Compiler &compiler : compilers)
        if (compiler.architecture == target.architecture) return compiler;
    throw std::logic_error(std::string("no compiler is known for ") + target.architecture);
}

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

} // namespace

Toolchain find_toolchain(const Target &target, const std::optional<std::string> &prefix) {
    const Compiler &compiler = compiler_for(target);
    const std::string needs = std::string("--target ") + target.name + " needs ";
    const auto find = [&](const std::string &tool) {
        const std::string name = prefix.value_or(compiler.is_cross() ? compiler.machine + "-linux-gnu-" : "") + tool;
        if (const auto path = find_program(name)) return *path;
        if (prefix)
            throw std::runtime_error("--toolchain '" + *prefix + "': " + name +
                                     (name.find('/') == std::string::npos ? " is not in PATH" : " is no program") +
                                     ", expected a prefix with which gcc, ld, objcopy and ar are found");
        throw std::runtime_error(needs + name + ", which is not in PATH: install " +
                                 (compiler.is_cross() ? compiler.cross_package : "g++") +
                                 ", or name another toolchain with --toolchain");
    };
    const Toolchain found = {find("gcc"), find("ld"), find("objcopy"), find("ar")};
    const std::string machine = run({found.compiler, "-dumpmachine"});
    if (machine.rfind(compiler.machine + "-", 0) != 0)
        throw std::runtime_error(needs + "a compiler for " + compiler.machine + ", " + found.compiler + " is one for " +
                                 machine.substr(0, machine.find('\n')) + ": name another toolchain with --toolchain");
    return found;
}

} // namespace normforge
