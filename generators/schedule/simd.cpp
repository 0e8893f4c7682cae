// SPDX-License-Identifier: MIT
// One schedule for SSE4.1, AVX2, AVX-512 and NEON: parameters and the target's facts carry every difference.
#include "generators/schedule/placement.h"
#include "generators/schedule/schedule.h"

namespace normforge {

using namespace Halide;
using Halide::Internal::Variable;

namespace {

constexpr TailStrategy kTail = TailStrategy::GuardWithIf;

void tiles(Reduction &r, int vector) {
    for (Func value : r.tile_values) {
        // Values per position of a tile; the others are scalars.
        if (value.args()[0].name() == "j") value.vectorize(value.args()[0], vector, kTail);
    }
}

void reductions(Pipeline &p, const Placement &placement, const ScheduleParameters &parameters) {
    Reduction &r = *p.reduction;
    int vector = parameters.vector;
    for (LaneSum &sum : r.lane_sums) {
        Var lane = sum.lanes.args()[0];
        sum.lanes.vectorize(lane, vector).unroll(lane);
        Var sweep("sweep");
        sum.lanes.update(0)
            .split(lane, sweep, lane, sum_lanes(parameters, sum.lanes.outputs()))
            .reorder(lane, sum.rows, sweep)
            .vectorize(lane, vector)
            .unroll(lane);
        sum.lanes.update(1).reorder(lane, sum.tail).vectorize(lane, vector).unroll(lane);
        int width = kLanes;
        for (Func fold : sum.folds) {
            width /= 2;
            if (width > 1) fold.vectorize(fold.args()[0], std::min(width, vector)).unroll(fold.args()[0]);
        }
    }
    for (Func sum : r.position_sums) {
        Var j = sum.args()[0], step("step");
        RVar image(sum.rvars()[0].name());
        sum.vectorize(j, vector, kTail);
        sum.update()
            .split(j, step, j, vector * parameters.position_vectors, kTail)
            .reorder(j, image, step)
            .vectorize(j, vector)
            .unroll(j);
    }
    for (Func value : r.row_values) {
        Var c = value.args()[0];
        value.vectorize(c, vector).unroll(c);
    }
    for (Func sum : r.row_sums) {
        Var c = sum.args()[0];
        sum.vectorize(c, vector).unroll(c);
        sum.update().vectorize(c, vector).unroll(c);
    }
    if (p.canonical.form == Form::Last) {
        Var c = p.canonical.c;
        r.partial.vectorize(c, vector, kTail);
        r.partial.update().vectorize(c, vector).unroll(c).parallel(placement.reduction_task);
    }
}

/// The loop over channels that the per-channel outputs share.
void per_channel_values(Pipeline &p, const ScheduleParameters &parameters) {
    const Canonical &k = p.canonical;
    for (Func f : p.prepared) f.vectorize(k.channel[0], parameters.vector, kTail);
    if (k.form == Form::Last && p.reduction) {
        std::vector<Func> values = p.per_channel;
        values.push_back(p.reduction->channel);
        for (Func f : values) {
            f.vectorize(k.c, parameters.vector, kTail);
            if (f.has_update_definition())
                f.update().reorder(k.c, p.reduction->chunks).vectorize(k.c, parameters.vector, kTail);
        }
        for (Func f : p.saved) {
            final_stage(f).vectorize(k.c);
        }
    }
    if (k.form == Form::SmallPlanes && p.reduction) {
        for (Func f : p.per_channel) f.vectorize(k.b, parameters.vector, kTail);
        for (Func f : p.saved) final_stage(f).vectorize(k.b, parameters.vector, kTail);
    }
    for (Func copy : p.expanded) {
        // Halide cannot prove that positions of one plane differ: b * plane + p, p < plane.
        copy.update().allow_race_conditions().vectorize(RVar(copy.rvars()[0].name()), parameters.vector, kTail);
    }
}

void output(Pipeline &p, const Placement &placement, const ScheduleParameters &parameters, const TargetFacts &facts,
            const ElementFacts &elements) {
    const bool last = p.canonical.form == Form::Last;
    if (p.output.defined()) {
        Var contiguous = p.canonical.tensor[0], step("step_out");
        p.output.split(contiguous, step, contiguous, output_step(parameters, facts, elements), kTail)
            .vectorize(contiguous, stored_vector(parameters, facts, elements), kTail)
            .unroll(contiguous)
            .parallel(placement.outer);
        if (last && parameters.output_rows > 1) {
            Var row_of_step("row_of_step");
            p.output.split(p.canonical.row, p.canonical.row, row_of_step, parameters.output_rows, kTail)
                .reorder(contiguous, row_of_step, step)
                .unroll(row_of_step);
        }
    }
    if (!last) {
        for (Func f : p.saved) {
            final_stage(f).parallel(placement.outer);
        }
    }
}

/// The last sweep that reads a tile fetches a later tile while its own is in L1; the loop that writes y or dx fetches what
/// the next channels or groups are reduced from, what it reads of the next image, and rows that no cache has kept.
std::vector<Prefetch> prefetches(const Pipeline &p, const ScheduleParameters &parameters, const TargetFacts &facts,
                                 const ElementFacts &elements) {
    std::vector<Prefetch> wanted;
    const bool last = p.canonical.form == Form::Last, inner = p.canonical.form == Form::Inner;
    for (const ImageParam &tensor : p.reduced) {
        Expr stride = Variable::make(Int(32), tensor.name() + ".stride.1"); // of a channel, a group or a row
        const int tiles = parameters.prefetch_tiles, channels = parameters.prefetch_channels;
        if (inner && tiles)
            wanted.push_back({p.reduction->lane_sums.back().lanes.name() + ".s1.", tensor.name(), tiles * kTileElements});
        if (last && tiles) {
            const bool kept = !p.reduction->row_values.empty();
            const std::string reading =
                kept ? p.reduction->row_values.back().name() + ".s0." : p.reduction->row_sums.back().name() + ".s1.";
            wanted.push_back({reading, tensor.name(), tiles * kTileRows * stride});
        }
        if (last && tiles && elements.streams && elements.stored_bytes == elements.computed_bytes && p.output.defined())
            wanted.push_back({p.output.name() + ".s0.", tensor.name(), tiles * kTileElements});
        if (!last && channels && p.output.defined())
            wanted.push_back({p.output.name() + ".s0.", tensor.name(), channels * stride});
    }
    const bool jumps = p.canonical.form == Form::SmallPlanes || (inner && p.reduction); // from image to image
    const int images = jumps ? images_ahead(parameters, facts, elements, inner) : 0;
    for (const ImageParam &tensor : p.read_once) {
        Expr stride = Variable::make(Int(32), tensor.name() + ".stride.2");
        if (images) wanted.push_back({p.output.name() + ".s0.", tensor.name(), images * stride});
    }
    return wanted;
}

} // namespace

std::vector<Prefetch> schedule_simd(Pipeline &pipeline, const ScheduleParameters &parameters, const TargetFacts &facts,
                                    const ElementFacts &elements) {
    Placement placement =
        place(pipeline, {parameters.vector * parameters.channel_vectors, parameters.vector, parameters.task_elements});
    if (pipeline.reduction) {
        tiles(*pipeline.reduction, parameters.vector);
        reductions(pipeline, placement, parameters);
    }
    per_channel_values(pipeline, parameters);
    output(pipeline, placement, parameters, facts, elements);
    return prefetches(pipeline, parameters, facts, elements);
}

} // namespace normforge
