// SPDX-License-Identifier: MIT
// posix_spawn with streams in temporary files: no pipe can fill up or break, any number of threads may call.
#include "generators/emit/child_process.h"

#include "generators/emit/temporary_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char **environ;

namespace normforge {

namespace {

/// A stream of a program, and the open file that stands for it.
struct Redirection {
    int stream;
    int descriptor;
};

/// Starts a program (searched in PATH) and waits. Returns its status as waitpid() gives it.
int run_and_wait(const std::vector<std::string> &command, const std::vector<Redirection> &redirections) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const auto &[stream, descriptor] : redirections) posix_spawn_file_actions_adddup2(&actions, descriptor, stream);

    std::vector<char *> arguments;
    for (const std::string &word : command) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    const int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) throw std::runtime_error(command[0] + " cannot be run: " + std::strerror(failed));

    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waiting for " + command[0]);
    }
    return status;
}

} // namespace

std::string run(const std::vector<std::string> &command) {
    const TemporaryFile output, errors;
    const int status = run_and_wait(command, {{STDOUT_FILENO, output.descriptor()}, {STDERR_FILENO, errors.descriptor()}});
    if (WIFSIGNALED(status)) {
        throw std::runtime_error(command[0] + " was killed by signal " + std::to_string(WTERMSIG(status)) + "\n" +
                                 errors.text());
    }
    if (WEXITSTATUS(status) != 0) {
        throw std::runtime_error(command[0] + " ended with status " + std::to_string(WEXITSTATUS(status)) + "\n" +
                                 errors.text());
    }
    return output.text();
}

ShellResult run_in_shell(const std::string &command, const std::string &input) {
    const TemporaryFile file;
    if (std::fwrite(input.data(), 1, input.size(), file.get()) != input.size() || std::fflush(file.get()) != 0)
        throw std::system_error(errno, std::generic_category(), "temporary file");
    const int descriptor = file.descriptor();
    lseek(descriptor, 0, SEEK_SET);
    const int status = run_and_wait({"/bin/sh", "-c", command}, {{STDIN_FILENO, descriptor}});
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
