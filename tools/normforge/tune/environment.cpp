// SPDX-License-Identifier: MIT
// Looks at the failure's text, and tries to write a file as large as those of a candidate.
#include "tools/normforge/tune/environment.h"

#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/tune/run_stopped.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>
#include <system_error>

namespace normforge {

namespace {

/// How compilers, linkers and the system say it. A shell or posix_spawn() that cannot run a program says so itself.
constexpr int kErrors[] = {ENOSPC, EDQUOT, EFBIG, EROFS, EMFILE, ENFILE};
constexpr const char *kCannotRun = " cannot be run: ";

/// More than all files of a candidate together have.
constexpr size_t kProbeBytes = 512 * 1024;

bool is_of_machine(const std::string &text) {
    if (text.find(kCannotRun) != std::string::npos) return true;
    for (const int error : kErrors)
        if (text.find(std::strerror(error)) != std::string::npos) return true;
    return false;
}

/// Empty if a file can be written.
std::string why_not_writable(const std::string &folder) {
    const std::string probe = folder + ".probe"; // of its own: several compilations may fail at once
    try {
        write_whole_file(probe, std::string(kProbeBytes, '\0'));
        std::remove(probe.c_str());
        return "";
    } catch (const std::runtime_error &error) {
        return error.what();
    }
}

} // namespace

std::string last_line(const std::string &text) {
    const size_t end = text.find_last_not_of('\n');
    if (end == std::string::npos) return "";
    const size_t before = text.find_last_of('\n', end);
    const size_t begin = before == std::string::npos ? 0 : before + 1;
    return text.substr(begin, end + 1 - begin);
}

bool is_out_of_memory(const std::exception &failure) {
    const std::string text = failure.what();
    const auto says = [&](const char *words) { return text.find(words) != std::string::npos; };
    return says(std::strerror(ENOMEM)) || says("std::bad_alloc") || says("LLVM ERROR: out of memory");
}

void require_environment(const std::string &folder, const std::exception &failure) {
    const std::string text = failure.what();
    std::string why = dynamic_cast<const std::system_error *>(&failure) || is_of_machine(text) ? last_line(text) : "";
    if (why.empty()) why = why_not_writable(folder);
    if (!why.empty()) throw RunStopped(fmt::format("candidates cannot be compiled in {}: {}", folder, why));
}

} // namespace normforge
