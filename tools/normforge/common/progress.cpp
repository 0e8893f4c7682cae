// SPDX-License-Identifier: MIT
// The progress line: rewritten in place with a carriage return.
#include "tools/normforge/common/progress.h"

#include <fmt/format.h>
#include <unistd.h>

namespace normforge {

void Progress::show(size_t done, const std::string &what) {
    const auto elapsed = std::chrono::steady_clock::now() - start_;
    if (elapsed < std::chrono::seconds(2) || !isatty(STDERR_FILENO)) return;
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
