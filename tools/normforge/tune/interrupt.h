// SPDX-License-Identifier: MIT
// Ctrl-C as a wish: what is under way is given up, what is known is kept. A second one ends the program at once.
#pragma once

namespace normforge {

/// While it lives, SIGINT and SIGTERM are wishes.
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
