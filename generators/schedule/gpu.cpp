// SPDX-License-Identifier: MIT
// One schedule for CUDA and OpenCL. Each group of Funcs that a kernel computes has one loop over blocks, always grid x, the
// only dimension that takes more than 65535 of them.
//   reduction   lanes of a block are threads x (last: y, and channels are x); tiles in registers, folds in shared memory or,
//               within a warp of CUDA, by shuffles
//   channels    parts over a warp, several channels to a block
//   tensor      a vector of elements for each thread
#include "generators/schedule/schedule.h"
#include "generators/schedule/shared_base.h"
#include "generators/schedule/wide_accesses.h"

namespace normforge {

using namespace Halide;

namespace {

constexpr TailStrategy kGuard = TailStrategy::GuardWithIf, kWhole = TailStrategy::RoundUp;

/// Threads of a block, by what they share out.
constexpr int kWarp = kPartLanes;
constexpr int kPlaneThreads = 64, kImageThreads = 4;      // inner: vectors of a plane, images
constexpr int kRunThreads = 256;                          // small_planes: vectors of a run
constexpr int kRowBlock = 256, kRowsOfThread = 2;         // last: vectors of rows; rows
constexpr int kChannelsOfBlock = 8, kChannelThreads = 64; // per-channel values with and without a reduction

Var named(const Func &f, const std::string &what) {
    return Var(f.name() + "_" + what);
}

/// Tiles of a thread, computed where `lanes` merges them.
void tiles(GpuReduction &g, const Canonical &k, int channels) {
    const Var channel = k.channel[0];
    const RVar tile = g.tiles.x;
    g.lanes.bound_extent(channel, channels).unroll(channel);
    g.lanes.update().reorder(channel, tile).unroll(channel);
    for (Func value : g.tile_values) {
        value.compute_at(g.lanes, tile)
            .bound_extent(g.lane, 1)
            .bound_extent(g.tile, 1)
            .bound_extent(g.part, 1)
            .bound_extent(channel, channels)
            .unroll(channel);
        if (value.has_update_definition())
            value.update()
                .reorder(g.elements.x, g.elements.y, channel)
                .unroll(g.elements.x)
                .unroll(g.elements.y)
                .unroll(channel);
    }
    g.element.compute_at(g.lanes, tile)
        .bound_extent(channel, channels)
        .bound_extent(g.load, k.gpu->loads)
        .bound_extent(g.lane, 1)
        .bound_extent(g.tile, 1)
        .bound_extent(g.part, 1)
        .reorder(g.v, channel, g.load)
        .unroll(g.load);
    if (k.form == Form::Last)
        g.element.vectorize(channel, channels);
    else
        g.element.bound_extent(g.v, k.gpu->vector).vectorize(g.v, k.gpu->vector);
}

/// Folds `f`, of `lanes` values, at the loops of `consumer`: in shared memory, or from a warp's values on by shuffles where
/// the target has them. `block` is the loop over blocks, `warp` the one over warps, whose lanes hold values in registers.
struct Folding {
    Func consumer;
    Var block, warp;
    bool shuffles;

    void place(Func f, const Var &lane, int lanes, const std::vector<Var> &others) const {
        f.bound_extent(lane, lanes);
        if (!shuffles) {
            f.compute_at(consumer, block).gpu_threads(lane);
        } else if (lanes < kWarp) {
            f.compute_at(consumer, warp).store_in(MemoryType::Register).gpu_lanes(lane);
        } else {
            const Var warps = named(f, "warps");
            f.compute_at(consumer, block).split(lane, warps, lane, kWarp, kWhole).gpu_threads(warps).gpu_lanes(lane);
        }
        for (const Var &other : others) f.bound_extent(other, 1);
    }
};

/// Lanes of a channel, as the blocks of `folding` need them (inner, small_planes).
void lanes_of_channel(const Folding &folding, GpuReduction &g, const Canonical &k) {
    const Var channel = k.channel[0];
    int lanes = k.gpu->lanes;
    folding.place(g.block, g.lane, lanes, {g.part, channel});
    for (Func f : g.folds)
        if ((lanes /= 2) > 1 || !folding.shuffles)
            folding.place(f, g.lane, lanes, {g.part, channel}); // else what stores it folds
    g.lanes.compute_at(g.block, g.lane).bound_extent(g.lane, 1).bound_extent(g.part, 1);
    tiles(g, k, 1);
}

/// The same for each of the adjacent channels of a block (last), which are threads x by vectors.
void lanes_of_rows(Func &consumer, const Var &block, GpuReduction &g, const Canonical &k, int channel_step) {
    const auto place = [&](Func f, int extent) {
        const Var channels = named(f, "thread");
        f.compute_at(consumer, block).bound_extent(g.lane, extent).bound_extent(g.part, 1).bound_extent(k.c, channel_step);
        f.split(k.c, channels, k.c, k.gpu->vector, kWhole)
            .reorder(k.c, channels, g.lane)
            .unroll(k.c)
            .gpu_threads(channels, g.lane);
        return channels;
    };
    int lanes = k.gpu->lanes;
    const Var of_lane = place(g.block, lanes);
    for (Func f : g.folds) place(f, lanes /= 2);
    g.lanes.compute_at(g.block, of_lane).bound_extent(g.lane, 1).bound_extent(g.part, 1);
    tiles(g, k, k.gpu->vector);
}

/// The one thread of a block that stores what the others computed.
void single_thread(Stage stage, const Var &warp, const Var &thread, bool shuffles) {
    stage.gpu_threads(warp);
    if (shuffles)
        stage.gpu_lanes(thread);
    else
        stage.gpu_threads(thread);
}

/// inner and small_planes: a block for each part of a channel.
void parts_of_channel(Reduction &r, const Canonical &k, bool shuffles) {
    const Var channel = k.channel[0], part = r.gpu->part, block = named(r.partial, "block"),
              thread = named(r.partial, "thread"), warp = named(r.partial, "warp");
    // The one thread is split off before channel and part become one number, or their bounds are lost.
    r.partial.compute_root()
        .split(channel, channel, thread, 1)
        .split(channel, channel, warp, 1)
        .reorder(thread, warp, channel, part)
        .fuse(channel, part, block)
        .gpu_blocks(block);
    single_thread(r.partial, warp, thread, shuffles);
    lanes_of_channel({r.partial, block, warp, shuffles}, *r.gpu, k);
}

/// last: a block for each part of adjacent channels.
void parts_of_rows(Reduction &r, const Canonical &k, int channel_step) {
    const Var block = named(r.partial, "block"), thread = named(r.partial, "thread");
    r.partial.compute_root()
        .split(k.c, block, k.c, channel_step, kWhole)
        .fuse(block, r.gpu->part, block)
        .split(k.c, thread, k.c, k.gpu->vector, kWhole)
        .reorder(k.c, thread, block)
        .unroll(k.c)
        .gpu_blocks(block)
        .gpu_threads(thread);
    lanes_of_rows(r.partial, block, *r.gpu, k, channel_step);
}

/// Reduction and per-channel outputs in one kernel: a block for each channel, or for adjacent ones (last).
void whole_channels(Pipeline &p, int channel_step, bool shuffles) {
    const Canonical &k = p.canonical;
    const bool last = k.form == Form::Last;
    Func leader = p.saved.front();
    const Var channel = k.channel[0], block = named(leader, "block"), thread = named(leader, "thread"),
              warp = named(leader, "warp");
    const int channels = last ? k.gpu->vector : 1; // of a thread
    for (Func &f : p.saved) {
        Stage stage = final_stage(f.compute_root());
        if (last) {
            stage.split(channel, block, channel, channel_step, kGuard)
                .split(channel, thread, channel, k.gpu->vector, kGuard)
                .unroll(channel)
                .gpu_blocks(block)
                .gpu_threads(thread);
        } else {
            stage.split(channel, block, thread, 1).split(block, block, warp, 1).gpu_blocks(block);
            single_thread(stage, warp, thread, shuffles);
        }
        if (f.name() != leader.name()) stage.compute_with(final_stage(leader), thread);
    }
    std::vector<Func> values = p.per_channel;
    values.push_back(p.reduction->channel);
    for (Func value : values) value.compute_at(leader, thread).bound_extent(channel, channels).unroll(channel);
    if (last)
        lanes_of_rows(leader, block, *p.reduction->gpu, k, channel_step);
    else
        lanes_of_channel({leader, block, warp, shuffles}, *p.reduction->gpu, k);
}

/// Per-channel outputs in one kernel; with a reduction each channel's parts are merged by a warp.
void per_channel(Pipeline &p, std::vector<Func> &outputs, bool merges_parts, bool shuffles) {
    if (outputs.empty()) return;
    const Var channel = p.canonical.channel[0];
    Func leader = outputs.front();
    const Var block = named(leader, "block"), warp = named(leader, "warp");
    for (Func &f : outputs) {
        Stage stage = final_stage(f);
        stage.split(channel, block, channel, merges_parts ? kChannelsOfBlock : kChannelThreads, kGuard);
        if (merges_parts)
            stage.split(channel, channel, warp, 1).gpu_blocks(block).gpu_threads(channel);
        else
            stage.gpu_blocks(block).gpu_threads(channel);
        if (merges_parts && shuffles) stage.gpu_lanes(warp);
        if (merges_parts && !shuffles) stage.gpu_threads(warp);
    }
    const Var innermost = merges_parts ? warp : channel;
    for (Func &f : outputs) {
        f.compute_root();
        if (f.name() != leader.name()) final_stage(f).compute_with(final_stage(leader), innermost);
    }
    if (!merges_parts) return;
    GpuReduction &g = *p.reduction->gpu;
    std::vector<Func> values = p.per_channel;
    values.push_back(p.reduction->channel);
    for (Func value : values) {
        value.compute_at(leader, innermost).bound_extent(channel, 1);
    }
    int lanes = kPartLanes;
    const auto place = [&](Func f, int extent) {
        f.bound_extent(g.lane, extent);
        if (shuffles)
            f.compute_at(leader, channel).bound_extent(channel, 1).store_in(MemoryType::Register).gpu_lanes(g.lane);
        else
            f.compute_at(leader, block).bound_extent(channel, kChannelsOfBlock).gpu_threads(g.lane, channel);
    };
    place(g.part_block, lanes);
    for (Func f : g.part_folds)
        if ((lanes /= 2) > 1 || !shuffles) place(f, lanes);
    g.part_lanes.compute_at(g.part_block, g.lane).bound_extent(g.lane, 1).bound_extent(channel, 1);
    g.part_lanes.update().unroll(g.lane_parts.x);
}

void output(Pipeline &p) {
    const Canonical &k = p.canonical;
    const int vector = k.gpu->output;
    Func &f = p.output;
    Var of_vector = k.tensor[0], element("element"), block("block"), thread("thread"), others("others");
    f.compute_root().split(of_vector, of_vector, element, vector, kWhole).vectorize(element);
    switch (k.form) {
    case Form::Inner:
        f.split(of_vector, block, thread, kPlaneThreads, kGuard)
            .split(k.n, k.n, others, kImageThreads, kGuard)
            .reorder(element, thread, others, block, k.c, k.n)
            .fuse(block, k.c, block)
            .fuse(block, k.n, block)
            .gpu_threads(thread, others);
        break;
    case Form::SmallPlanes:
        f.split(of_vector, block, thread, kRunThreads, kGuard)
            .fuse(block, k.g, block)
            .fuse(block, k.n, block)
            .gpu_threads(thread);
        break;
    case Form::Last: {
        Var row("row_of_thread");
        const int threads = gpu_channel_threads(vector), rows = kRowBlock / threads;
        // The rows of a thread are adjacent, so that one Func can hold them all before the first is stored.
        f.split(of_vector, block, thread, threads, kGuard)
            .split(k.row, k.row, others, rows * kRowsOfThread, kGuard)
            .split(others, others, row, kRowsOfThread)
            .reorder(element, row, thread, others, block, k.row)
            .unroll(row)
            .fuse(block, k.row, block)
            .gpu_threads(thread, others);
        for (Func loaded : p.loaded)
            loaded.compute_at(f, thread)
                .bound_extent(k.c, vector)
                .bound_extent(k.row, kRowsOfThread)
                .vectorize(k.c, vector)
                .unroll(k.row);
        break;
    }
    }
    f.gpu_blocks(block);
}

} // namespace

void schedule_gpu(Pipeline &p, Halide::Pipeline lowered, bool cuda) {
    if (cuda) {
        widen_accesses(lowered);
        reserve_shared_memory(std::move(lowered));
    }
    const int channel_step = gpu_channel_step(p.canonical.gpu->vector);
    // Halide 19 fails on the many outputs of forward_train where their extent is a quotient ("Symbol not found:
    // channel.loaded").
    const bool may_shuffle = cuda && p.canonical.form != Form::SmallPlanes;
    per_channel(p, p.prepared, false, false);
    if (p.reduction && !p.reduction->partial.defined()) {
        whole_channels(p, channel_step, may_shuffle);
    } else {
        if (p.reduction && p.canonical.form == Form::Last)
            parts_of_rows(*p.reduction, p.canonical, channel_step);
        else if (p.reduction)
            parts_of_channel(*p.reduction, p.canonical, cuda);
        per_channel(p, p.saved, p.reduction.has_value(), may_shuffle);
    }
    if (p.output.defined()) output(p);
}

void schedule_gpu_channels(ChannelPipeline &p) {
    Func leader = p.outputs.front();
    const Var block("block");
    for (Func &f : p.outputs)
        final_stage(f).split(p.c, block, p.c, kChannelThreads, kGuard).gpu_blocks(block).gpu_threads(p.c);
    for (Func &f : p.outputs) {
        f.compute_root();
        if (f.name() != leader.name()) final_stage(f).compute_with(final_stage(leader), p.c);
    }
    for (Func &value : p.values) value.compute_at(leader, p.c).bound_extent(p.c, 1);
}

} // namespace normforge
