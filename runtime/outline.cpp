// SPDX-License-Identifier: MIT
// Outlines of plans, see outline.h.
#include "runtime/outline.h"
#include "runtime/device/device.h"
#include "runtime/ops.h"
#include "runtime/threads.h"
#include <algorithm>

namespace normforge {
namespace {

/// Triples of the caller lie in one array, which kernels must reach as a whole.
Status check_given_triples(const CheckedProblem &problem) {
    const int64_t most = kReach / 3 / problem.description.parts;
    if (problem.channels <= most) return {};
    return {NF_NO_VARIANT, std::to_string(problem.description.parts) + " triples of " + std::to_string(problem.channels) +
                               " channels are out of the kernels' reach: with so many, " + std::to_string(most) +
                               " channels at most"};
}

bool merges_parts(const std::vector<Step> &steps) {
    for (const Step &step : steps)
        if (step.triple == TriplePlace::parts) return true;
    return false;
}

/// The grid of a problem with elements, and the steps over it.
Status cut_and_compose(const CheckedProblem &problem, bool whole_channels, Grid &grid, std::vector<Step> &steps) {
    int64_t limit = 0;
    if (Status status = piece_limit(limit); status.failed()) return status;
    Device *const device = find_device(problem.description.device); // none for the CPU
    if (device) limit = std::min(limit, kGpuReach);
    if (problem.tensors.empty()) {
        if (Status status = check_given_triples(problem); status.failed()) return status;
        grid = cut_channels(problem.channels, limit);
    } else {
        grid = cut(problem.tensors, problem.form, limit);
        if (!device && reduces(problem.op()) && !whole_channels) split_few_channels(grid, problem.form);
    }
    steps = compose(problem, grid.parts());
    const bool reads_twice = steps.size() == 1 && reduces(steps.front().op) && has_store(steps.front().op);
    if (device && reads_twice) {
        std::optional<int64_t> chunk;
        if (Status status = wanted_chunk(chunk); status.failed()) return status;
        limit_to_cache(grid, problem.form, problem.bytes, device->memory(problem.description.context), chunk);
    }
    return merges_parts(steps) ? limit_triples(grid) : Status();
}

} // namespace

Status outline_plan(const CheckedProblem &problem, Outline &outline, bool whole_channels) {
    const int asked = problem.description.threads;
    if (Status status = asked ? Status() : check_thread_count(); status.failed()) return status;
    if (problem.empty) {
        outline.steps = compose(problem, 1);
        return {};
    }
    if (Status status = cut_and_compose(problem, whole_channels, outline.grid, outline.steps); status.failed())
        return status;
    outline.serial = problem.bytes < kSerialBytes || problem.description.device != NF_DEVICE_CPU;
    outline.threads = outline.serial ? 1 : asked ? asked : thread_count();
    return {};
}

Situation situation_of(const CheckedProblem &problem, const Outline &outline) {
    return {problem, outline.steps, outline.grid.first(), outline.grid.boxes() == 1, outline.threads};
}

size_t named_step(const std::vector<Step> &steps) {
    for (size_t i = steps.size(); i-- > 0;)
        if (has_store(steps[i].op)) return i;
    return steps.size() - 1;
}

} // namespace normforge
