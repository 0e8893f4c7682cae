// SPDX-License-Identifier: MIT
// Which loop computes each Func, the same for every CPU: a channel's (inner), a group's (small_planes) or a row tile's
// (last) data are swept twice while they are in cache, and whatever is smaller lives on the stack or in registers.
#pragma once

#include "generators/algorithm/pipeline.h"

namespace normforge {

/// Loops that a schedule refines after placement.
struct Placement {
    Halide::Var outer;        ///< loop of `output` over channels (inner), groups (small_planes) or tasks of rows (last)
    Halide::Var step{"step"}; ///< last: loop over steps of channels, around the channels of one step
    Halide::Var task{"task"}; ///< inner without reduction: tasks of planes
    Halide::Var reduction_task{"reduction_task"}; ///< last: chunks of rows, and slabs of channels where there is one chunk
};

/// How many elements the loops that placement splits take at once.
struct Granularity {
    int channel_step;  ///< channels of a step of the row sums (last)
    int channels;      ///< channels of a step of the loop over per-channel values (last)
    int task_elements; ///< least elements of a task: whole rows (last) or planes (inner, without reduction) of `output`,
                       ///< slabs of channels
};

Placement place(Pipeline &pipeline, const Granularity &granularity);

} // namespace normforge
