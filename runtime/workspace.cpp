// SPDX-License-Identifier: MIT
// The layout of the workspace, see workspace.h.
#include "runtime/workspace.h"
#include "runtime/operands.h"
#include "runtime/rounding.h"
#include <algorithm>

namespace normforge {
namespace {

constexpr size_t kTripleBytes = 3 * sizeof(double);

bool uses(const std::vector<Step> &steps, TriplePlace place) {
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Step &step) { return step.triple == place || step.merged == place; });
}

} // namespace

int64_t padded_channels(int64_t channels, const nf_kernel &kernel) {
    const int64_t step = kernel.channel_step;
    return ceil_div(channels, step) * step;
}

size_t aligned_bytes(size_t bytes) {
    return (bytes + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT;
}

Status share_workspace(const CheckedProblem &problem, const std::vector<Step> &steps, const Grid &grid,
                       SharedWorkspace &workspace) {
    const auto channels = static_cast<size_t>(problem.channels);
    int64_t parts_bytes = 0; // with room for the rest, which is at most two triples a channel
    if (uses(steps, TriplePlace::parts) &&
        (__builtin_mul_overflow(problem.channels, grid.parts(), &parts_bytes) ||
         __builtin_mul_overflow(parts_bytes, static_cast<int64_t>(kTripleBytes), &parts_bytes) ||
         parts_bytes > INT64_MAX / 4))
        return {NF_OVERFLOW, std::to_string(grid.parts()) + " pieces of " + std::to_string(problem.channels) +
                                 " channels need more bytes of workspace than fit in 63 bits"};
    const auto reserve = [&](size_t &offset, size_t bytes) {
        offset = workspace.size;
        workspace.size += aligned_bytes(bytes);
    };
    if (uses(steps, TriplePlace::parts)) reserve(workspace.parts, static_cast<size_t>(parts_bytes));
    if (uses(steps, TriplePlace::total)) reserve(workspace.total, channels * kTripleBytes);
    if (problem.op() == NF_FORWARD_TRAIN && grid.parts() > 1) {
        const size_t bytes = channels * problem.element_bytes()[RoleKind::STATISTIC];
        reserve(workspace.mean, bytes);
        reserve(workspace.invstd, bytes);
    }
    return {};
}

} // namespace normforge
