// SPDX-License-Identifier: MIT
// Which problems the benchmark, and with it the tuner, can measure.
#pragma once

#include "runtime/problem.h"

namespace normforge::bench {

/// Throws std::runtime_error, which names the problem and says what can be measured, if it cannot.
void require_measurable(const Problem &problem);

} // namespace normforge::bench
