// SPDX-License-Identifier: MIT
// One loop over the channels for everything: a triple is 24 bytes, next to tensors of megabytes.
#include "generators/schedule/schedule.h"

namespace normforge {

using namespace Halide;

void schedule_channels(ChannelPipeline &p) {
    Func leader = p.outputs.front();
    for (Func &output : p.outputs) {
        if (output.name() != leader.name()) final_stage(output).compute_with(leader, p.c);
    }
    for (Func &value : p.values) value.compute_at(leader, p.c).bound_extent(p.c, 1);
}

} // namespace normforge
