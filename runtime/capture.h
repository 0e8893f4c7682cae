// SPDX-License-Identifier: MIT
// NORMFORGE_CAPTURE=FILE: counts what plans execute and, when the process ends, appends it to the file as lines of a shape
// file. Where the variable is unset, an execution pays for one branch.
#pragma once

#include <normforge/normforge.h>

namespace normforge {

/// How often plans of one problem were executed. Lives until the process ends.
class CapturedProblem;

/// Where executions of a plan for this description are counted, null where nothing is captured. The variable is read once,
/// by the first call.
CapturedProblem *captured_problem(const nf_description &description);

/// Counts one execution with these operands. Thread-safe, takes no lock.
void count_execution(CapturedProblem &problem, const nf_tensors &tensors) noexcept;

} // namespace normforge
