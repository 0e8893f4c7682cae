// SPDX-License-Identifier: MIT
// See gpu_fit.h. Sizes of blocks are those of generators/schedule/gpu.cpp.
#include "runtime/gpu_fit.h"
#include "runtime/operands.h"
#include "runtime/partition.h"
#include "runtime/rounding.h"
#include <algorithm>

namespace normforge {

bool has_partial_results(const nf_kernel &kernel) {
    return std::any_of(kernel.roles, kernel.roles + kernel.role_count,
                       [](uint8_t role) { return kind_of(static_cast<nf_role>(role)) == RoleKind::PARTIAL; });
}

int64_t gpu_parts(const CheckedProblem &problem, const Box &box) {
    // 64 elements for each thread: of 256 that share a channel or, in blocks of 64 channels, of 16.
    constexpr int64_t kChannelsOfBlock = 64, kLeast = 16384, kLeastRows = 1024;
    if (problem.form == NF_FORM_LAST) return gpu_parts(box.n, ceil_div(box.c, kChannelsOfBlock), kLeastRows);
    return gpu_parts(box.n * box.s, box.c, kLeast);
}

std::string unfit_for_vectors(const CheckedProblem &problem, const Box &box, int64_t alignment) {
    const auto whole = [&](int64_t elements) { return elements * element_bytes(problem.dtype()) % alignment == 0; };
    const std::string needs = "its loads of " + std::to_string(alignment) + " bytes need ";
    const nf_form form = problem.form;
    const int64_t run = form == NF_FORM_LAST ? box.c : form == NF_FORM_SMALL_PLANES ? box.c * box.s : box.s;
    const int64_t vector = alignment / static_cast<int64_t>(element_bytes(problem.dtype()));
    if (form == NF_FORM_SMALL_PLANES && box.s + 1 < vector)
        return needs + "planes of " + std::to_string(vector - 1) + " elements or more, they have " + std::to_string(box.s);
    if (!whole(run)) return needs + "contiguous runs of whole vectors, they have " + std::to_string(run) + " elements";
    for (const Tensor &tensor : problem.tensors) {
        const Canonical &t = tensor.canonical;
        const Axis axes[] = {{box.n, t.stride_n}, {form == NF_FORM_INNER ? box.c : 1, t.stride_c}};
        for (const auto &[extent, stride] : axes)
            if (extent > 1 && !whole(stride))
                return needs + "strides of whole vectors, " + tensor.name + " has one of " + std::to_string(stride) +
                       " elements";
    }
    return {};
}

} // namespace normforge
