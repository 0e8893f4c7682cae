// SPDX-License-Identifier: MIT
// A child with two pipes; its errors go to a file, from where an exception takes them.
#include "tools/normforge/tune/trial_process.h"

#include "generators/emit/system_failure.h"
#include "tools/normforge/tune/environment.h"
#include "tools/normforge/tune/interrupt.h"
#include "tools/normforge/tune/out_of_time.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdexcept>
#include <unistd.h>

namespace normforge {

namespace {

/// How often Ctrl-C and the end are looked for while a trial works.
constexpr int kLookMilliseconds = 100;

/// The two ends of a pipe: to read from, to write to. Neither is inherited.
std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw system_failure("pipe");
    return ends;
}

} // namespace

TrialProcess::TrialProcess(const std::vector<std::string> &command, Deadline end)
    : name_(command.front()), requests_(nullptr, &std::fclose), answers_(nullptr, &std::fclose) {
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
    answer(end);
}

TrialAnswer TrialProcess::ask(const TrialRequest &request) {
    const std::string line = to_line(request);
    std::fwrite(line.data(), 1, line.size(), requests_.get());
    std::fflush(requests_.get());
    return answer({});
}

TrialAnswer TrialProcess::answer(Deadline end) {
    pollfd watched{fileno(answers_.get()), POLLIN, 0}; // a whole line is written at once, and nothing after it
    do {
        stop_if_interrupted();
        if (is_over(end)) throw OutOfTime();
    } while (poll(&watched, 1, kLookMilliseconds) <= 0);
    char *line = nullptr;
    size_t capacity = 0;
    const ssize_t length = getline(&line, &capacity, answers_.get());
    const std::unique_ptr<char, void (*)(void *)> owner(line, &std::free);
    stop_if_interrupted();
    if (length <= 0) {
        const std::string how = end_in_words(process_->wait()), text = errors_.text();
        throw std::runtime_error(fmt::format("{} {}{}{}", name_, how, text.empty() ? "" : ": ", last_line(text)));
    }
    return parse_answer({line, static_cast<size_t>(length)});
}

} // namespace normforge
