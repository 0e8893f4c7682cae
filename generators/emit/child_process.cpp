// SPDX-License-Identifier: MIT
// posix_spawn with both output streams in temporary files: no pipe can fill up, any number of threads may call.
#include "generators/emit/child_process.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>

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

} // namespace

std::string run(const std::vector<std::string> &command) {
    File output = temporary_file(), errors = temporary_file();
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fileno(output.get()), 1);
    posix_spawn_file_actions_adddup2(&actions, fileno(errors.get()), 2);

    std::vector<char *> arguments;
    for (const std::string &word : command) arguments.push_back(const_cast<char *>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t child = 0;
    int failed = posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) throw std::runtime_error(command[0] + " cannot be run: " + std::strerror(failed));

    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "waiting for " + command[0]);
    }
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

} // namespace normforge
