// SPDX-License-Identifier: MIT
// The progress line: rewritten in place with a carriage return, or a line of a log.
#include "tools/normforge/common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

namespace normforge {

void Progress::show(size_t done, const std::string &what) {
    const auto now = std::chrono::steady_clock::now();
    if (!isatty(STDERR_FILENO)) {
        if (log_every_ == Duration::zero() || now - logged_ < log_every_) return;
        fmt::print(stderr, "normforge: {}/{} {}\n", done, total_, what);
        logged_ = now;
        return;
    }
    if (now - start_ < std::chrono::seconds(2)) return;
    fmt::print(stderr, "\r\033[K{}/{} {}", done, total_, what); // ESC [ K erases what the last text leaves to the right
    std::fflush(stderr);
    visible_ = true;
}

void Progress::clear() {
    if (!visible_) return;
    fmt::print(stderr, "\r\033[K");
    std::fflush(stderr);
    visible_ = false;
}

} // namespace normforge
