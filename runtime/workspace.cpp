// SPDX-License-Identifier: MIT
// The layout of the workspace, see workspace.h.
#include "runtime/workspace.h"
#include "runtime/operands.h"
#include <algorithm>

namespace normforge {
namespace {

// Must equal those of the reduction tree in generators/algorithm: rows of a tile, tiles of a chunk, most chunks.
constexpr int64_t kTileRows = 16, kChunkTiles = 8, kMaxChunks = 64;

bool needs_piece(nf_role role, nf_op op) {
    if (kind_of(role) == RoleKind::PARTIAL) return true;
    if (kind_of(role) != RoleKind::CHANNEL) return false;
    const Operand *operand = operand_of(role, op);
    return !operand || (operand->in(op).optional() && operand->in(op).writes());
}

size_t bytes_of(nf_role role, const CheckedProblem &problem) {
    const auto channels = static_cast<size_t>(problem.channels);
    if (kind_of(role) == RoleKind::CHANNEL) return channels * sizeof(float);
    return channels * static_cast<size_t>(chunks_of(problem.output().canonical.n)) * sizeof(double);
}

} // namespace

int64_t chunks_of(int64_t rows) {
    const int64_t tiles = (rows + kTileRows - 1) / kTileRows;
    return std::clamp<int64_t>((tiles + kChunkTiles - 1) / kChunkTiles, 1, kMaxChunks);
}

WorkspaceLayout lay_out_workspace(const CheckedProblem &problem, const Choice &choice) {
    WorkspaceLayout layout;
    layout.offsets.fill(WorkspaceLayout::kNone);
    for (const nf_kernel *kernel : {choice.cached.kernel, choice.stream.kernel}) {
        if (!kernel) continue;
        for (int i = 0; i < kernel->role_count; ++i) {
            const auto role = static_cast<nf_role>(kernel->roles[i]);
            if (layout.offsets[role] != WorkspaceLayout::kNone || !needs_piece(role, problem.op())) continue;
            layout.offsets[role] = layout.size;
            const size_t bytes = bytes_of(role, problem);
            layout.size += (bytes + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT;
        }
    }
    return layout;
}

} // namespace normforge
