// SPDX-License-Identifier: MIT
// posix_spawn with streams in temporary files: no pipe can fill up or break, any number of threads may call.
#include "generators/emit/child_process.h"

#include "generators/emit/system_failure.h"
#include "generators/emit/temporary_file.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace normforge {

namespace {

using Clock = std::chrono::steady_clock;

/// How often a program with limits is looked at.
constexpr int kLookMilliseconds = 100;

/// Of a process and those below it: gcc compiles in a child. 0 if it is gone.
int64_t resident_bytes_below(pid_t process) {
    const std::string folder = fmt::format("/proc/{}/", process);
    int64_t size = 0, pages = 0;
    std::ifstream(folder + "statm") >> size >> pages;
    int64_t bytes = pages * sysconf(_SC_PAGESIZE);
    std::ifstream children(fmt::format("{}task/{}/children", folder, process));
    for (pid_t child = 0; children >> child;) bytes += resident_bytes_below(child);
    return bytes;
}

/// Its status, or nothing if the limits ended it because somebody gave it up. Throws TimedOut and OutOfMemory.
std::optional<int> wait_for(ChildProcess &child, const std::string &name, const RunLimits &limits) {
    const auto start = Clock::now();
    while (!child.ends_within(kLookMilliseconds)) {
        if (limits.given_up && limits.given_up()) return std::nullopt;
        if (limits.seconds > 0 && Clock::now() - start > std::chrono::duration<double>(limits.seconds))
            throw TimedOut(fmt::format("{} did not end within {:g} s", name, limits.seconds));
        if (limits.memory_bytes > 0 && child.resident_bytes() > limits.memory_bytes)
            throw OutOfMemory(fmt::format("{} took more than {} bytes", name, limits.memory_bytes));
    }
    return child.wait();
}

} // namespace

ChildProcess::ChildProcess(const std::vector<std::string> &command, const std::vector<Redirection> &redirections,
                           Group group)
    : group_(group) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const auto &[stream, descriptor] : redirections) posix_spawn_file_actions_adddup2(&actions, descriptor, stream);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    if (group == Group::own) posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

    std::vector<char *> arguments;
    for (const std::string &word : command) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    const int error = posix_spawnp(&process_, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error) throw std::runtime_error(command[0] + " cannot be run: " + std::strerror(error));
    handle_ = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
    if (handle_ < 0) {
        const auto no_handle = system_failure("pidfd_open");
        stop();
        throw no_handle;
    }
}

ChildProcess::~ChildProcess() {
    if (process_ > 0) stop();
    if (handle_ >= 0) close(handle_);
}

bool ChildProcess::ends_within(int milliseconds) const {
    pollfd watched{handle_, POLLIN, 0};
    return poll(&watched, 1, milliseconds) > 0;
}

int ChildProcess::wait() {
    int status = 0;
    while (waitpid(process_, &status, 0) < 0) {
        if (errno != EINTR) throw system_failure("waiting for a program");
    }
    process_ = 0;
    return status;
}

int64_t ChildProcess::resident_bytes() const {
    return resident_bytes_below(process_);
}

void ChildProcess::stop() {
    kill(group_ == Group::own ? -process_ : process_, SIGKILL);
    while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {}
    process_ = 0;
}

std::string end_in_words(int status) {
    if (!WIFSIGNALED(status)) return fmt::format("ended with status {}", WEXITSTATUS(status));
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
}

std::string run(const std::vector<std::string> &command, const RunLimits &limits) {
    const TemporaryFile output, errors;
    const bool limited = limits.seconds > 0 || limits.given_up || limits.memory_bytes > 0;
    ChildProcess child(command, {{STDOUT_FILENO, output.descriptor()}, {STDERR_FILENO, errors.descriptor()}},
                       limited ? ChildProcess::Group::own : ChildProcess::Group::ours);
    const auto status = limited ? wait_for(child, command[0], limits) : child.wait();
    if (!status) throw std::runtime_error(command[0] + " was given up");
    if (*status != 0) throw std::runtime_error(command[0] + " " + end_in_words(*status) + "\n" + errors.text());
    return output.text();
}

ShellResult run_in_shell(const std::string &command, const std::string &input) {
    const TemporaryFile file;
    if (std::fwrite(input.data(), 1, input.size(), file.get()) != input.size() || std::fflush(file.get()) != 0)
        throw system_failure("temporary file");
    const int descriptor = file.descriptor();
    lseek(descriptor, 0, SEEK_SET);
    ChildProcess shell({"/bin/sh", "-c", command}, {{STDIN_FILENO, descriptor}}, ChildProcess::Group::ours);
    const int status = shell.wait();
    // The child's descriptor shares the place in the file with ours.
    return {WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), lseek(descriptor, 0, SEEK_CUR) > 0};
}

std::string shell_quoted(const std::string &word) {
    constexpr const char *kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_";
    if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
    std::string quoted = "'";
    for (const char letter : word) quoted += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
    return quoted + "'";
}

} // namespace normforge
