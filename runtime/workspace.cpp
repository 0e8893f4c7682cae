// SPDX-License-Identifier: MIT
// The layout of the workspace, see workspace.h.
#include "runtime/workspace.h"
#include "runtime/operands.h"
#include <algorithm>

namespace normforge {
namespace {

bool needs_piece(nf_role role, nf_op op) {
    if (kind_of(role) == RoleKind::PARTIAL) return true;
    if (!is_per_channel(kind_of(role))) return false;
    const Operand *operand = operand_of(role, op);
    return !operand || (operand->in(op).optional() && operand->in(op).writes());
}

size_t bytes_of(nf_role role, const nf_kernel &kernel, const CheckedProblem &problem) {
    const RoleKind kind = kind_of(role);
    if (is_per_channel(kind)) return static_cast<size_t>(problem.channels) * problem.element_bytes()[kind];
    const int64_t row = padded_channels(problem.channels, kernel);
    return static_cast<size_t>(row * chunks_of(problem.output().canonical.n)) * sizeof(double);
}

} // namespace

int64_t chunks_of(int64_t rows) {
    const int64_t tiles = (rows + NF_TILE_ROWS - 1) / NF_TILE_ROWS;
    return std::clamp<int64_t>((tiles + NF_CHUNK_TILES - 1) / NF_CHUNK_TILES, 1, NF_MAX_CHUNKS);
}

bool has_partial_results(const nf_kernel &kernel) {
    return std::any_of(kernel.roles, kernel.roles + kernel.role_count,
                       [](uint8_t role) { return kind_of(static_cast<nf_role>(role)) == RoleKind::PARTIAL; });
}

int64_t padded_channels(int64_t channels, const nf_kernel &kernel) {
    const int64_t step = kernel.channel_step;
    return (channels + step - 1) / step * step;
}

WorkspaceLayout lay_out_workspace(const CheckedProblem &problem, const Choice &choice) {
    std::array<size_t, NF_ROLE_COUNT> bytes{}; // the larger need of the two kernels
    for (const nf_kernel *kernel : {choice.cached.kernel, choice.stream.kernel}) {
        if (!kernel) continue;
        for (int i = 0; i < kernel->role_count; ++i) {
            const auto role = static_cast<nf_role>(kernel->roles[i]);
            if (needs_piece(role, problem.op())) bytes[role] = std::max(bytes[role], bytes_of(role, *kernel, problem));
        }
    }
    WorkspaceLayout layout;
    layout.offsets.fill(WorkspaceLayout::kNone);
    for (size_t role = 0; role < bytes.size(); ++role) {
        if (bytes[role] == 0) continue;
        layout.offsets[role] = layout.size;
        layout.size += (bytes[role] + NF_WORKSPACE_ALIGNMENT - 1) / NF_WORKSPACE_ALIGNMENT * NF_WORKSPACE_ALIGNMENT;
    }
    return layout;
}

} // namespace normforge
