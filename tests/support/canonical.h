// SPDX-License-Identifier: MIT
// A problem's tensors as the reference sees them: (n, c, s) with a stride each, and the form the kernels see. Written
// independently of the runtime's canonicalisation, so that the two check each other.
#pragma once

#include "runtime/problem.h"
#include "tests/reference/reference.h"
#include <normforge/kernel_table.h>

namespace normforge::testing {

struct CanonicalTensor {
    reference::Shape shape;
    int64_t stride_n, stride_c, stride_s; ///< elements; of an extent of 1: as if contiguous

    template <typename T>
    reference::View<T> view(T *data) const {
        return {data, stride_n, stride_c, stride_s};
    }
    int64_t span() const; ///< elements from the first to the last, 0 if empty
};

/// The layout of `tensor`, which may be left out (rank 0: extents as x, contiguous).
/// Throws std::invalid_argument if the axes before or after the channel axis do not merge.
CanonicalTensor canonicalise(const nf_layout &x, const nf_layout &tensor, int axis);

/// What an op reads and writes: x, dy (backward only), and y or dx.
struct ProblemTensors {
    CanonicalTensor x, dy, output;
    nf_form form;
    int element_bytes;
};

ProblemTensors problem_tensors(const nf_description &description);

/// Whether extent and strides of y or dx let a stream variant store whole cache lines, wherever an aligned tensor begins.
bool whole_lines(const ProblemTensors &tensors);

bool is_forward(nf_op op);

/// No elements: a legal problem, for which no variant runs.
bool is_empty(const Problem &problem);

} // namespace normforge::testing
