// SPDX-License-Identifier: MIT
// The end of a run, for what has to be given up then.
#pragma once

#include "tools/normforge/tune/rounds.h"

#include <stdexcept>

namespace normforge {

/// Thrown by what did not end before the run did: it says nothing of a problem or a candidate, which were not tried.
class OutOfTime : public std::runtime_error {
public:
    OutOfTime() : std::runtime_error("given up at the end of the run") {}
};

inline bool is_over(Deadline end) {
    return end && TuningClock::now() >= *end;
}

} // namespace normforge
