// SPDX-License-Identifier: MIT
// How a pipeline runs. Every schedule keeps one skeleton: placement (which loop computes each Func), then tiles, reductions,
// per-channel values, output. A schedule cannot change a bit of the result: the reduction tree belongs to the algorithm.
#pragma once

#include "generators/algorithm/merge.h"
#include "generators/algorithm/pipeline.h"
#include "generators/schedule/prefetch.h"
#include "generators/tuning/parameters.h"
#include "generators/tuning/steps.h"
#include "generators/tuning/targets.h"

#include <algorithm>

namespace normforge {

/// The stage that gives a Func its values: an array that is read and written has them from its update.
inline Halide::Stage final_stage(Halide::Func f) {
    return f.has_update_definition() ? f.update() : Halide::Stage(f);
}

/// Serial, scalar code for any CPU: the placement alone. Correct everywhere, fast nowhere.
void schedule_portable(Pipeline &pipeline);

/// Any CPU with vector registers: x86-64 with SSE4.1, AVX2 or AVX-512, ARM with NEON. What it returns goes to
/// add_prefetches().
std::vector<Prefetch> schedule_simd(Pipeline &pipeline, const ScheduleParameters &parameters, const TargetFacts &facts,
                                    const ElementFacts &elements);

/// The phases that work on triples alone, for any CPU.
void schedule_channels(ChannelPipeline &pipeline);

/// Threads of a block that reduces (inner, small_planes), and elements of a tensor that each has in registers: half as many
/// where loads are not of whole vectors.
constexpr int kGpuBlock = 256, kGpuElements = 16;
/// The same in `last`, where threads of a row take adjacent channels: 64 at most, so that blocks of few channels are full.
constexpr int kGpuRows = 16, kGpuChannels = 64;

constexpr int gpu_channel_threads(int vector) {
    return std::min(16, kGpuChannels / vector);
}
/// Channels of a block that reduces (last).
constexpr int gpu_channel_step(int vector) {
    return gpu_channel_threads(vector) * vector;
}

/// Any GPU. `cuda`: a warp folds its values in registers, which OpenCL cannot, and accesses are widened.
void schedule_gpu(Pipeline &pipeline, Halide::Pipeline lowered, bool cuda);
void schedule_gpu_channels(ChannelPipeline &pipeline);

} // namespace normforge
