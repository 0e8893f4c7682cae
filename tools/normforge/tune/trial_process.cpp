// SPDX-License-Identifier: MIT
// A child with two pipes; its errors go to a file, from where an exception takes them.
#include "tools/normforge/tune/trial_process.h"

#include "tools/normforge/tune/interrupt.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

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

} // namespace

TrialProcess::TrialProcess(const std::vector<std::string> &command)
    : requests_(nullptr, &std::fclose), answers_(nullptr, &std::fclose) {
    std::signal(SIGPIPE, SIG_IGN); // a trial that has ended shows when its answer is read
    const auto [request_end, ours] = make_pipe();
    const auto [theirs, answer_end] = make_pipe();
    requests_.reset(fdopen(ours, "w"));
    answers_.reset(fdopen(theirs, "r"));
    process_.emplace(command,
                     std::vector<Redirection>{
                         {STDIN_FILENO, request_end}, {STDOUT_FILENO, answer_end}, {STDERR_FILENO, errors_.descriptor()}},
                     ChildProcess::Group::own);
    close(request_end);
    close(answer_end);
    answer();
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
