// SPDX-License-Identifier: MIT
// Ctrl-C as a wish: what is under way is given up, what is known is kept. A second one ends the program at once.
#pragma once

namespace normforge {

/// While it lives, SIGINT, SIGTERM and SIGHUP are wishes; SIGHUP, of a terminal that went, as often as it comes, and not
/// where it is ignored, as under nohup. One guard at a time.
class InterruptGuard {
public:
    InterruptGuard();
    ~InterruptGuard();
    InterruptGuard(const InterruptGuard &) = delete;
    InterruptGuard &operator=(const InterruptGuard &) = delete;
};

bool interrupted();

/// Throws Interrupted (common/command_line.h) if so.
void stop_if_interrupted();

} // namespace normforge
