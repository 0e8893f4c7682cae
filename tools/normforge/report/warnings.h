// SPDX-License-Identifier: MIT
// Reasons to trust a report less.
#pragma once

#include "tools/normforge/report/input.h"

#include <string>
#include <vector>

namespace normforge::report {

/// One sentence or two each: lines that were skipped, files of different machines or versions, preempted samples, noise.
std::vector<std::string> find_warnings(const Input &input);

} // namespace normforge::report
