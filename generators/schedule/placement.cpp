// SPDX-License-Identifier: MIT
// Placement of inner and small_planes: everything inside the output's loop over channels or groups. Of last: partial sums by
// chunks of rows, then per-channel values, then the output by tasks of rows.
#include "generators/schedule/placement.h"
#include "generators/schedule/schedule.h"

namespace normforge {

using namespace Halide;

namespace {

void place_lane_sums(Reduction &r, const LoopLevel &loop) {
    for (LaneSum &sum : r.lane_sums) {
        sum.lanes.compute_at(loop).bound_extent(sum.lanes.args()[0], kLanes);
        int width = kLanes;
        for (Func fold : sum.folds) {
            fold.compute_at(loop).bound_extent(fold.args()[0], width /= 2);
        }
    }
}

/// Rows or planes that make a task.
Expr whole_lines(const Canonical &k, const Granularity &granularity) {
    return max(1, granularity.task_elements / k.contiguous);
}

Placement place_inner(Pipeline &p, const Granularity &granularity) {
    const Canonical &k = p.canonical;
    Placement placement;
    if (!p.reduction) {
        Var plane("plane");
        p.output.reorder(k.s, k.c, k.n)
            .fuse(k.c, k.n, plane)
            .split(plane, placement.task, plane, whole_lines(k, granularity), TailStrategy::GuardWithIf);
        for (Func value : p.per_channel) value.compute_at(p.output, plane);
        placement.outer = placement.task;
        return placement;
    }
    if (p.output.defined()) p.output.reorder(k.s, k.n, k.c);
    Func leader = p.leader();
    for (Func value : p.per_channel) value.compute_at(leader, k.c).bound_extent(k.c, 1);

    Reduction &r = *p.reduction;
    r.channel.compute_at(leader, k.c).bound_extent(k.c, 1).update().reorder(r.tiles.x, r.tiles.y);
    for (Func value : r.tile_values) value.compute_at(r.channel, r.tiles.x);
    place_lane_sums(r, LoopLevel(r.channel, r.tiles.x));
    placement.outer = k.c;
    return placement;
}

Placement place_small_planes(Pipeline &p) {
    const Canonical &k = p.canonical;
    const int longest_run = kMaxRunBytes / k.type.element.bytes();
    auto within_group = [&](Func &f) -> Func & { return f.bound_extent(k.g, 1); };
    if (p.output.defined()) p.output.reorder(k.j, k.n, k.g);
    Func leader = p.leader();
    for (Func value : p.per_channel) within_group(value.compute_at(leader, k.g)).bound_storage(k.b, kMaxGroup);
    for (Func copy : p.expanded) {
        within_group(copy.compute_at(leader, k.g)).bound_storage(k.j, longest_run + kFill).store_in(MemoryType::Stack);
    }
    if (p.reduction) {
        Reduction &r = *p.reduction;
        within_group(r.channel.compute_at(leader, k.g)).bound_storage(k.b, kMaxGroup).update().reorder(k.b, r.tiles);
        for (Func value : r.tile_values) {
            bool by_position = value.args()[0].name() == k.j.name();
            if (by_position)
                value.compute_at(r.channel, r.tiles).bound_storage(k.j, longest_run).store_in(MemoryType::Stack);
            else
                value.compute_at(r.channel, k.b);
        }
        for (Func sum : r.position_sums) {
            sum.compute_at(r.channel, r.tiles).bound_storage(k.j, longest_run).store_in(MemoryType::Stack);
        }
        place_lane_sums(r, LoopLevel(r.channel, k.b));
    }
    Placement placement;
    placement.outer = k.g;
    return placement;
}

/// Whole rows are read fastest, but few rows are one chunk: only slabs of its channels make tasks of it. 1x14x14x1024 and
/// 1x7x7x2048 on two cores: 20 to 40 % less time.
Expr steps_of_slab(const Canonical &k, const Reduction &r, const Granularity &granularity) {
    Expr all = max(1, (k.contiguous + granularity.channel_step - 1) / granularity.channel_step);
    Expr of_task = max(1, granularity.task_elements / (k.rows * granularity.channel_step));
    return select(r.chunks.x.extent() == 1, of_task, all);
}

Placement place_last(Pipeline &p, const Granularity &granularity) {
    const Canonical &k = p.canonical;
    Placement placement;
    Var &step = placement.step;
    if (p.reduction) {
        Reduction &r = *p.reduction;
        Var chunk = r.partial.args()[1], slab("slab");
        r.partial.compute_root();
        r.partial.update()
            .split(k.c, step, k.c, granularity.channel_step, TailStrategy::RoundUp)
            .split(step, slab, step, steps_of_slab(k, r, granularity), TailStrategy::GuardWithIf)
            .reorder(k.c, step, r.tiles, slab, chunk)
            .fuse(slab, chunk, placement.reduction_task);
        for (const std::vector<Func> &funcs : {r.row_sums, r.tile_values}) {
            for (Func f : funcs) {
                f.compute_at(r.partial, step).bound_extent(k.c, granularity.channel_step).bound_extent(f.args()[1], 1);
            }
        }
        for (Func value : r.row_values) {
            value.compute_at(r.partial, step)
                .bound_extent(k.c, granularity.channel_step)
                .bound_extent(value.args()[2], 1)
                .bound_storage(value.args()[1], kTileRows)
                .store_in(MemoryType::Stack);
        }
        for (Func sum : r.row_sums) sum.update().reorder(k.c, RVar(sum.rvars()[0].name()));
    }
    if (p.output.defined())
        p.output.split(k.row, placement.task, k.row, whole_lines(k, granularity), TailStrategy::GuardWithIf);
    placement.outer = placement.task;
    return placement;
}

/// Per-channel outputs share one loop over channels: the output's own, or (last) that of the first of them.
void place_saved(Pipeline &p, const Placement &placement, const Granularity &granularity) {
    for (Func f : p.prepared) f.compute_root();
    if (p.saved.empty()) return;
    bool last = p.canonical.form == Form::Last;
    Func leader = last ? p.saved.front() : p.leader();
    Var loop = placement.outer;
    if (last) {
        loop = placement.step;
        for (Func f : p.saved) {
            final_stage(f).split(p.canonical.c, loop, p.canonical.c, granularity.channels, TailStrategy::GuardWithIf);
        }
    }
    for (Func f : p.saved) {
        if (f.name() != leader.name()) final_stage(f).compute_with(final_stage(leader), loop);
    }
    if (last) {
        std::vector<Func> values = p.per_channel;
        values.push_back(p.reduction->channel);
        for (Func value : values) value.compute_at(leader, loop).bound_storage(p.canonical.c, granularity.channels);
    }
}

} // namespace

Placement place(Pipeline &pipeline, const Granularity &granularity) {
    Placement placement;
    switch (pipeline.canonical.form) {
    case Form::Inner: placement = place_inner(pipeline, granularity); break;
    case Form::SmallPlanes: placement = place_small_planes(pipeline); break;
    case Form::Last: placement = place_last(pipeline, granularity); break;
    }
    place_saved(pipeline, placement, granularity);
    return placement;
}

} // namespace normforge
