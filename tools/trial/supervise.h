// SPDX-License-Identifier: MIT
// Runs untrusted code in a forked child: whatever it does, this process goes on and can say what happened.
#pragma once

#include "tools/trial/protocol.h"

#include <functional>

namespace normforge {

/// Runs `task` in a child process, which has a copy of this process's memory, and returns its answer, or what became of the
/// child: killed by a signal or ended early (crash), out of time (timeout), out of memory (memory). The child's output goes
/// nowhere but into `message`: its first line on stderr. This process must have one thread. Throws std::system_error if no
/// child can be made.
TrialAnswer supervise(const TrialLimits &limits, const std::function<TrialAnswer()> &task);

} // namespace normforge
