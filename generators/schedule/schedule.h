// SPDX-License-Identifier: MIT
// How a pipeline runs. Every schedule keeps one skeleton: placement (which loop computes each Func), then tiles, reductions,
// per-channel values, output. A schedule cannot change a bit of the result: the reduction tree belongs to the algorithm.
#pragma once

#include "generators/algorithm/merge.h"
#include "generators/algorithm/pipeline.h"
#include "generators/schedule/prefetch.h"
#include "generators/tuning/parameters.h"
#include "generators/tuning/targets.h"

namespace normforge {

/// The stage that gives a Func its values: an array that is read and written has them from its update.
inline Halide::Stage final_stage(Halide::Func f) {
    return f.has_update_definition() ? f.update() : Halide::Stage(f);
}

/// Serial, scalar code for any CPU: the placement alone. Correct everywhere, fast nowhere.
void schedule_portable(Pipeline &pipeline);

/// Any CPU with vector registers: x86-64 with SSE4.1, AVX2 or AVX-512, ARM with NEON. What it returns goes to
/// add_prefetches().
std::vector<Prefetch> schedule_simd(Pipeline &pipeline, const ScheduleParameters &parameters, const TargetFacts &facts);

/// The phases that work on triples alone, for any CPU.
void schedule_channels(ChannelPipeline &pipeline);

/// Threads of a block that reduces; those of them that take adjacent channels (last); vectors that a thread has in
/// registers.
constexpr int kGpuBlock = 256, kGpuChannelThreads = 16, kGpuLoads = 4;

/// Channels of a block that reduces (last).
constexpr int gpu_channel_step(int vector) {
    return kGpuChannelThreads * vector;
}

/// Any GPU. `vector`: elements that a thread loads and stores at once; `channel_step`: channels of a block that reduces
/// (last); `shuffles`: a warp folds its values in registers, which OpenCL cannot.
void schedule_gpu(Pipeline &pipeline, int vector, int channel_step, bool shuffles);
void schedule_gpu_channels(ChannelPipeline &pipeline);

} // namespace normforge
