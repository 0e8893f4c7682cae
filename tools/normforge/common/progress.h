// SPDX-License-Identifier: MIT
// A line on the terminal that says how far a long command is. Shown on stderr once the command has run for two seconds, if
// that is a terminal; in logs now and then, if at all.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace normforge {

class Progress {
public:
    using Duration = std::chrono::steady_clock::duration;

    /// `log_every`: where stderr is no terminal, a line of its own that often; zero for none.
    explicit Progress(size_t total, Duration log_every = Duration::zero())
        : total_(total), log_every_(log_every), start_(std::chrono::steady_clock::now()), logged_(start_) {}
    ~Progress() { clear(); }
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

    /// Says that `done` of the total are done and `what` comes next.
    void show(size_t done, const std::string &what);

    /// Takes the line away: before other output, and at the end.
    void clear();

private:
    size_t total_;
    Duration log_every_;
    std::chrono::steady_clock::time_point start_, logged_;
    bool visible_ = false;
};

} // namespace normforge
