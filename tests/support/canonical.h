// SPDX-License-Identifier: MIT
// A problem's tensors as the reference sees them: (n, c, s) with a stride each, and the form the kernels see. Written
// independently of the runtime's canonicalisation, so that the two check each other.
#pragma once

#include "runtime/problem.h"
#include "tests/reference/reference.h"
#include <normforge/kernel_table.h>
#include <optional>
#include <vector>

namespace normforge::testing {

struct CanonicalTensor {
    reference::Shape shape;
    int64_t stride_n, stride_c, stride_s; ///< elements; of an extent of 1: as if contiguous

    template <typename T>
    reference::View<T> view(T *data) const {
        return {data, stride_n, stride_c, stride_s};
    }
    int64_t span() const;   ///< elements from the first in memory to the last, 0 if empty
    int64_t origin() const; ///< elements before x[0, 0, 0]: not 0 where strides are negative
};

/// The layout of `tensor`, which may be left out (rank 0: extents as x, contiguous).
/// Throws std::invalid_argument if the axes before or after the channel axis do not merge.
CanonicalTensor canonicalise(const nf_layout &x, const nf_layout &tensor, int axis);

/// The form that takes all these tensors as they are; nothing where none does and the library works in pieces.
std::optional<nf_form> form_of(const std::vector<CanonicalTensor> &tensors);

/// What a stream variant stores at once: a cache line.
inline constexpr int kLineBytes = 64;

/// What a GPU's aligned variant loads and stores at once.
inline constexpr int kVectorBytes = 16;

/// Whether extents and strides let a kernel of this form take that many bytes at once, wherever an aligned tensor begins.
bool whole_units(const CanonicalTensor &tensor, nf_form form, int element_bytes, int unit_bytes);

/// Nothing to do: a legal problem, for which no variant runs.
bool is_empty(const Problem &problem);

} // namespace normforge::testing
