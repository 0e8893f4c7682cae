// SPDX-License-Identifier: MIT
// What Halide's autoschedulers are told of the problem that they schedule for.
#pragma once

#include "generators/algorithm/form.h"

namespace normforge {

/// Where the buffers of a problem lie: tensors, or per-channel arrays. `group`: channels of a group (small_planes).
Halide::Region expected_region(Form form, const FixedShape &shape, int group, bool tensor);

} // namespace normforge
