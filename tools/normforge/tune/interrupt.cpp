// SPDX-License-Identifier: MIT
// Signal handlers, see interrupt.h.
#include "tools/normforge/tune/interrupt.h"

#include "tools/normforge/common/command_line.h"

#include <array>
#include <csignal>

namespace normforge {

namespace {

volatile std::sig_atomic_t wished = 0;

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
std::array<struct sigaction, kSignals.size()> before; ///< what became of these before there was a guard

void wish(int) {
    wished = 1;
}

} // namespace

InterruptGuard::InterruptGuard() {
    wished = 0;
    for (size_t i = 0; i < kSignals.size(); i++) {
        sigaction(kSignals[i], nullptr, &before[i]);
        const bool hangs_up = kSignals[i] == SIGHUP; // comes twice, from the system and from the shell
        struct sigaction action{};
        action.sa_handler = hangs_up && before[i].sa_handler == SIG_IGN ? SIG_IGN : wish;
        action.sa_flags = hangs_up ? 0 : static_cast<int>(SA_RESETHAND); // without SA_RESTART: a blocked read ends
        sigaction(kSignals[i], &action, nullptr);
    }
}

InterruptGuard::~InterruptGuard() {
    for (size_t i = 0; i < kSignals.size(); i++) sigaction(kSignals[i], &before[i], nullptr);
}

bool interrupted() {
    return wished != 0;
}

void stop_if_interrupted() {
    if (interrupted()) throw Interrupted("interrupted");
}

} // namespace normforge
