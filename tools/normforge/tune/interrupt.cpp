// SPDX-License-Identifier: MIT
// Signal handlers, see interrupt.h.
#include "tools/normforge/tune/interrupt.h"

#include "tools/normforge/common/command_line.h"

#include <csignal>

namespace normforge {

namespace {

volatile std::sig_atomic_t wished = 0;

constexpr int kSignals[] = {SIGINT, SIGTERM};

void wish(int) {
    wished = 1;
}

void set_handlers(void (*handler)(int), int flags) {
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = flags; // without SA_RESTART: a blocked read ends
    for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

} // namespace

InterruptGuard::InterruptGuard() {
    wished = 0;
    set_handlers(wish, SA_RESETHAND);
}

InterruptGuard::~InterruptGuard() {
    set_handlers(SIG_DFL, 0);
}

bool interrupted() {
    return wished != 0;
}

void stop_if_interrupted() {
    if (interrupted()) throw Interrupted("interrupted");
}

} // namespace normforge
