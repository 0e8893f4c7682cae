// SPDX-License-Identifier: MIT
// Which kernels of a GPU a problem fits: what dispatch and binding ask beside what they ask of every kernel.
#pragma once

#include "runtime/pieces.h"
#include "runtime/validate.h"
#include <string>

namespace normforge {

/// Whether a kernel reduces in parts that are merged apart; the others take channels of one part.
bool has_partial_results(const nf_kernel &kernel);

/// gpu_parts() of partition.h, for a box of a problem.
int64_t gpu_parts(const CheckedProblem &problem, const Box &box);

/// Why a GPU's kernel that takes `alignment` bytes at once cannot run a box of a problem, empty if it can. Pointers are
/// looked at in each execution.
std::string unfit_for_vectors(const CheckedProblem &problem, const Box &box, int64_t alignment);

} // namespace normforge
