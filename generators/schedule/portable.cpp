// SPDX-License-Identifier: MIT
// The placement alone. Tests compare every other schedule's bits with this one's.
#include "generators/schedule/placement.h"
#include "generators/schedule/schedule.h"

namespace normforge {

void schedule_portable(Pipeline &pipeline) {
    place(pipeline, {1, 1, 1});
}

} // namespace normforge
