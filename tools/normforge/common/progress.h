// SPDX-License-Identifier: MIT
// A line on the terminal that says how far a long command is. Shown on stderr, only if that is a terminal, and only once
// the command has run for two seconds; never in logs.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace normforge {

class Progress {
public:
    explicit Progress(size_t total) : total_(total), start_(std::chrono::steady_clock::now()) {}
    ~Progress() { clear(); }
    Progress(const Progress &) = delete;
    Progress &operator=(const Progress &) = delete;

    /// Says that `done` of the total are done and `what` comes next.
    void show(size_t done, const std::string &what);

    /// Takes the line away: before other output, and at the end.
    void clear();

private:
    size_t total_;
    std::chrono::steady_clock::time_point start_;
    bool visible_ = false;
};

} // namespace normforge
