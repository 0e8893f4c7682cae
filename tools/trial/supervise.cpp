// SPDX-License-Identifier: MIT
// fork(), a clock, and a look at the child's memory every tenth of a second.
#include "tools/trial/supervise.h"

#include "generators/emit/system_failure.h"
#include "generators/emit/temporary_file.h"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace normforge {

namespace {

using Clock = std::chrono::steady_clock;

/// Often enough to stop a child that fills memory at 5 GB/s, rarely enough not to disturb what is timed.
constexpr int kLookMilliseconds = 100;

/// How a child says that its answer is complete. A candidate that calls exit() ends with another status.
constexpr int kAnswered = 75;

/// No more of it than fits a message: a candidate may print any amount.
std::string first_line(FILE *file) {
    std::rewind(file);
    char line[512] = "";
    if (!std::fgets(line, sizeof line, file)) return {};
    line[std::strcspn(line, "\n")] = '\0';
    return line;
}

/// Bytes of a process's memory that are in RAM, 0 if it is gone.
int64_t resident_bytes(pid_t process) {
    std::ifstream file(fmt::format("/proc/{}/statm", process));
    int64_t size = 0, resident = 0;
    file >> size >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

[[noreturn]] void run_child(const TemporaryFile &answer, const TemporaryFile &errors,
                            const std::function<TrialAnswer()> &task) {
    prctl(PR_SET_PDEATHSIG, SIGKILL); // no orphan goes on when this process is killed
    std::ofstream("/proc/self/oom_score_adj")
        << "1000"; // if the machine's memory ends, the system kills the candidate first
    const int nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDIN_FILENO);
    dup2(nowhere, STDOUT_FILENO);
    dup2(errors.descriptor(), STDERR_FILENO);
    const std::string line = to_line(task());
    const bool written =
        std::fwrite(line.data(), 1, line.size(), answer.get()) == line.size() && std::fflush(answer.get()) == 0;
    _exit(written ? kAnswered : 1); // no destructor: a broken candidate may have changed anything
}

/// A child that is killed and waited for, at the latest, when this is destroyed.
class Child {
public:
    Child(const TemporaryFile &answer, const TemporaryFile &errors, const std::function<TrialAnswer()> &task) {
        std::fflush(nullptr);
        process_ = fork();
        if (process_ < 0) throw system_failure("fork");
        if (process_ == 0) run_child(answer, errors, task);
        handle_ = static_cast<int>(syscall(SYS_pidfd_open, process_, 0));
        if (handle_ < 0) {
            const auto error = system_failure("pidfd_open");
            stop();
            throw error;
        }
    }
    ~Child() {
        if (process_ > 0) stop();
        if (handle_ >= 0) close(handle_);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

    /// Whether it ended within so many milliseconds.
    bool ended_within(int milliseconds) const {
        pollfd watched{handle_, POLLIN, 0};
        return poll(&watched, 1, milliseconds) > 0;
    }

    int64_t bytes() const { return resident_bytes(process_); }

    void stop() {
        kill(process_, SIGKILL);
        wait();
    }

    /// Its status as waitpid() gives it.
    int wait() {
        int status = 0;
        while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {}
        process_ = 0;
        return status;
    }

private:
    pid_t process_ = 0;
    int handle_ = -1;
};

TrialAnswer failure(Outcome outcome, const std::string &what, const TemporaryFile &errors) {
    const std::string line = first_line(errors.get());
    return {outcome, line.empty() ? what : what + ": " + line, {}, {}, {}};
}

} // namespace

TrialAnswer supervise(const TrialLimits &limits, const std::function<TrialAnswer()> &task) {
    const TemporaryFile answer, errors;
    const int64_t most_bytes = resident_bytes(getpid()) + limits.memory_bytes;
    const auto end = Clock::now() + std::chrono::duration<double>(limits.timeout_seconds);
    Child child(answer, errors, task);
    while (!child.ended_within(kLookMilliseconds)) {
        if (child.bytes() > most_bytes) {
            child.stop();
            return failure(Outcome::memory, fmt::format("took more than {} bytes", limits.memory_bytes), errors);
        }
        if (Clock::now() > end) {
            child.stop();
            return failure(Outcome::timeout, fmt::format("did not end within {:.0f} s", limits.timeout_seconds), errors);
        }
    }
    const int status = child.wait();
    if (WIFSIGNALED(status)) return failure(Outcome::crash, strsignal(WTERMSIG(status)), errors);
    if (WEXITSTATUS(status) != kAnswered)
        return failure(Outcome::crash, fmt::format("ended with status {}", WEXITSTATUS(status)), errors);
    try {
        return parse_answer(answer.text());
    } catch (const std::runtime_error &) {
        return failure(Outcome::crash, "ended without an answer", errors);
    }
}

} // namespace normforge
