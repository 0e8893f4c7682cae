// SPDX-License-Identifier: MIT
// posix_spawn with two pipes; its errors go to a file, from where an exception takes them.
#include "tools/normforge/tune/trial_process.h"

#include "tools/normforge/tune/interrupt.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char **environ;

namespace normforge {

namespace {

std::system_error failed(const char *what) {
    return {errno, std::generic_category(), what};
}

/// The two ends of a pipe: to read from, to write to. Neither is inherited.
std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw failed("pipe");
    return ends;
}

pid_t spawn(const std::vector<std::string> &command, int input, int output, int errors) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    std::vector<char *> arguments;
    for (const std::string &word : command) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int error = posix_spawn(&child, arguments[0], &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error) throw std::runtime_error(fmt::format("{} cannot be run: {}", command[0], std::strerror(error)));
    return child;
}

} // namespace

TrialProcess::TrialProcess(const std::vector<std::string> &command)
    : requests_(nullptr, &std::fclose), answers_(nullptr, &std::fclose) {
    std::signal(SIGPIPE, SIG_IGN); // a trial that has ended shows when its answer is read
    const auto [request_end, ours] = make_pipe();
    const auto [theirs, answer_end] = make_pipe();
    requests_.reset(fdopen(ours, "w"));
    answers_.reset(fdopen(theirs, "r"));
    process_.id = spawn(command, request_end, answer_end, errors_.descriptor());
    close(request_end);
    close(answer_end);
    answer();
}

TrialProcess::Process::~Process() {
    if (id <= 0) return;
    kill(-id, SIGKILL); // the candidate's process as well
    while (waitpid(id, nullptr, 0) < 0 && errno == EINTR) {}
}

TrialAnswer TrialProcess::ask(const TrialRequest &request) {
    const std::string line = to_line(request);
    std::fwrite(line.data(), 1, line.size(), requests_.get());
    std::fflush(requests_.get());
    return answer();
}

TrialAnswer TrialProcess::answer() {
    char *line = nullptr;
    size_t capacity = 0;
    const ssize_t length = getline(&line, &capacity, answers_.get());
    const std::unique_ptr<char, void (*)(void *)> owner(line, &std::free);
    stop_if_interrupted();
    if (length <= 0) throw std::runtime_error(errors_.text());
    return parse_answer({line, static_cast<size_t>(length)});
}

} // namespace normforge
