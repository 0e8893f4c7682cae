// SPDX-License-Identifier: MIT
// Counts executions by problem and appends them to a file at the end, see capture.h. This is the one part of the library
// that writes: to the file that the user named and, if that fails, one line to standard error.
#include "runtime/capture.h"
#include "runtime/problem.h"
#include "runtime/problem_keys.h"
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <mutex>
#include <pthread.h>
#include <unistd.h>

namespace normforge {

class CapturedProblem {
public:
    explicit CapturedProblem(const nf_description &d) : op_(d.op), takes_inplace_(takes_inplace(d)) {
        Problem problem = to_problem(d);
        texts_[0] = to_string(problem);
        problem.in_place = true;
        texts_[1] = to_string(problem);
    }

    bool is(const std::string &text) const { return texts_[0] == text; }

    void count(const nf_tensors &tensors) noexcept {
        const bool same = writes_y(op_) ? tensors.y == tensors.x : tensors.dx == tensors.dy;
        counts_[takes_inplace_ && same].fetch_add(1, std::memory_order_relaxed);
    }

    void forget_counts() noexcept {
        for (auto &count : counts_) count = 0;
    }

    std::string lines() const {
        std::string text;
        for (size_t i = 0; i < counts_.size(); ++i)
            if (const int64_t count = std::min<int64_t>(counts_[i], kMostCounted))
                text += texts_[i] + " *" + std::to_string(count) + "\n";
        return text;
    }

private:
    nf_op op_;
    bool takes_inplace_;
    std::array<std::string, 2> texts_; ///< out of place, in place
    std::array<std::atomic<int64_t>, 2> counts_{};
};

namespace {

/// As a whole in one call, so that lines of several processes do not mix. Returns errno, 0 for success.
int append(const std::string &path, const std::string &text) noexcept {
    const int file = open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return errno;
    errno = ENOSPC; // what a call that writes less has run into
    const ssize_t written = text.empty() ? 0 : write(file, text.data(), text.size());
    const int error = written == static_cast<ssize_t>(text.size()) ? 0 : errno;
    return close(file) != 0 && !error ? errno : error;
}

class Capture {
public:
    /// Null where the variable is unset or empty, or where the file cannot be written. Never destroyed: plans may run until
    /// the very end.
    static Capture *instance() {
        static Capture *const capture = make();
        return capture;
    }

    CapturedProblem *find_or_add(const nf_description &description) {
        const std::string text = to_string(description);
        const std::lock_guard<std::mutex> lock(mutex_);
        for (CapturedProblem &problem : problems_)
            if (problem.is(text)) return &problem;
        return &problems_.emplace_back(description);
    }

private:
    explicit Capture(std::string path) : path_(std::move(path)) {}

    static Capture *make() {
        const char *name = std::getenv("NORMFORGE_CAPTURE");
        if (!name || !*name) return nullptr;
        // The program may change its directory, and should not run for hours in vain.
        auto *capture = new Capture(absolute(name));
        if (const int error = append(capture->path_, "")) {
            capture->complain(error);
            delete capture;
            return nullptr;
        }
        // A child after fork() counts for itself: what came before is its parent's.
        pthread_atfork([] { instance()->mutex_.lock(); }, [] { instance()->mutex_.unlock(); },
                       [] {
                           for (CapturedProblem &problem : instance()->problems_) problem.forget_counts();
                           instance()->mutex_.unlock();
                       });
        std::atexit([] { instance()->write_all(); });
        return capture;
    }

    static std::string absolute(const char *name) {
        char directory[4096];
        if (*name == '/' || !getcwd(directory, sizeof directory)) return name;
        return std::string(directory) + "/" + name;
    }

    void write_all() noexcept {
        try {
            std::string text;
            const std::lock_guard<std::mutex> lock(mutex_);
            for (const CapturedProblem &problem : problems_) text += problem.lines();
            if (text.empty()) return;
            if (const int error = append(path_, text)) complain(error);
        } catch (const std::exception &) {
            complain(ENOMEM);
        }
    }

    void complain(int error) const noexcept {
        char line[8192];
        const int length = std::snprintf(line, sizeof line, "normforge: NORMFORGE_CAPTURE: %s cannot be written: %s\n",
                                         path_.c_str(), std::strerror(error));
        const auto size = std::min(static_cast<size_t>(std::max(length, 0)), sizeof line - 1);
        [[maybe_unused]] const ssize_t ignored = write(STDERR_FILENO, line, size);
    }

    const std::string path_;
    std::mutex mutex_;
    std::deque<CapturedProblem> problems_; ///< in the order of their first plans; they stay where they are
};

} // namespace

CapturedProblem *captured_problem(const nf_description &description) {
    Capture *capture = Capture::instance();
    return capture ? capture->find_or_add(description) : nullptr;
}

void count_execution(CapturedProblem &problem, const nf_tensors &tensors) noexcept {
    problem.count(tensors);
}

} // namespace normforge
