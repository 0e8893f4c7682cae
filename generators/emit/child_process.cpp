// SPDX-License-Identifier: MIT
// posix_spawn with streams in temporary files: no pipe can fill up or break, any number of threads may call.
#include "generators/emit/child_process.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

extern char **environ;

namespace normforge {

namespace {

using File = std::unique_ptr<FILE, int (*)(FILE *)>;

File temporary_file() {
    File file(std::tmpfile(), &std::fclose);
    if (!file) throw std::system_error(errno, std::generic_category(), "temporary file");
    return file;
}

std::string content(FILE *file) {
    std::rewind(file);
    std::string text;
    char block[4096];
    while (size_t size = std::fread(block, 1, sizeof block, file)) text.append(block, size);
    return text;
}

/// A stream of a program, and the file that stands for it.
struct Redirection {
    int stream;
    FILE *file;
};

/// Starts a program (searched in PATH) and waits. Returns its status as waitpid() gives it.
int run_and_wait(const std::vector<std::string> &command, const std::vector<Redirection> &redirections) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (const auto &[stream, file] : redirections) posix_spawn_file_actions_adddup2(&actions, fileno(file), stream);

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
    const File output = temporary_file(), errors = temporary_file();
    const int status = run_and_wait(command, {{STDOUT_FILENO, output.get()}, {STDERR_FILENO, errors.get()}});
    if (WIFSIGNALED(status)) {
        throw std::runtime_error(command[0] + " was killed by signal " + std::to_string(WTERMSIG(status)) + "\n" +
                                 content(errors.get()));
    }
    if (WEXITSTATUS(status) != 0) {
        throw std::runtime_error(command[0] + " ended with status " + std::to_string(WEXITSTATUS(status)) + "\n" +
                                 content(errors.get()));
    }
    return content(output.get());
}

ShellResult run_in_shell(const std::string &command, const std::string &input) {
    const File file = temporary_file();
    if (std::fwrite(input.data(), 1, input.size(), file.get()) != input.size() || std::fflush(file.get()) != 0)
        throw std::system_error(errno, std::generic_category(), "temporary file");
    const int descriptor = fileno(file.get());
    lseek(descriptor, 0, SEEK_SET);
    const int status = run_and_wait({"/bin/sh", "-c", command}, {{STDIN_FILENO, file.get()}});
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
