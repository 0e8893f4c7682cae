// SPDX-License-Identifier: MIT
// What is decided about a plan before kernels are looked for: grid, steps and threads. Needs no registered kernel, so what
// makes kernels for a problem asks here, too.
#pragma once

#include "runtime/dispatch.h"

namespace normforge {

struct Outline {
    Grid grid;               ///< of no meaning for an empty batch
    std::vector<Step> steps; ///< for an empty batch those of the problem if it had elements
    bool serial = false;     ///< too small for several threads
    int threads = 1;         ///< at most, as counted now
};

/// Refuses with NF_NO_VARIANT what no kernel can reach, and the environment where it makes no sense. `whole_channels`: few
/// long channels are not cut for threads (split_few_channels()), so that fused kernels can serve them.
Status outline_plan(const CheckedProblem &problem, Outline &outline, bool whole_channels = false);

/// What dispatch is asked; refers to both.
Situation situation_of(const CheckedProblem &problem, const Outline &outline);

/// The step whose kernel nf_plan_variant() names: the last that writes a tensor, else the last. There must be one.
size_t named_step(const std::vector<Step> &steps);

} // namespace normforge
