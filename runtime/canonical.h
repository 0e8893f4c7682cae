// SPDX-License-Identifier: MIT
// From any axis, rank and strides to the canonical form: x[n, c, s] with one stride each, and the form that all tensors of a
// problem share. Works on descriptions alone; the plan turns the result into kernel arguments.
#pragma once

#include "runtime/error.h"
#include <array>
#include <cstdint>
#include <normforge/kernel_table.h>
#include <vector>

namespace normforge {

/// Bytes of an element of a tensor.
constexpr int64_t element_bytes(nf_dtype dtype) {
    return dtype == NF_F64 ? 8 : dtype == NF_F32 ? 4 : 2;
}

/// Bytes of an element of gamma, beta and their gradients.
constexpr int64_t parameter_bytes(nf_dtype dtype) {
    return dtype == NF_F64 ? 8 : 4;
}

/// Bytes of an element of saved and running statistics, and of per-channel scratch.
constexpr int64_t statistic_bytes(nf_dtype dtype, nf_channel_type statistics) {
    return statistics == NF_CHANNEL_F64 ? 8 : parameter_bytes(dtype);
}

/// Whether a layout is that of a tensor without gaps, last axis innermost: its strides say so or are all zero. Strides of
/// axes of extent 1, and all strides of an empty tensor, are of no meaning.
bool is_contiguous(const nf_layout &layout);

struct Axis {
    int64_t extent, stride;
};

/// An x-like tensor: everything before the channel axis, the channel axis, everything after it. Elements, not bytes.
/// choose_form() turns it into what kernels see, (n, c, s), for each index of `outer`.
struct Canonical {
    int64_t n = 0, c = 0, s = 0;
    int64_t stride_n = 0, stride_c = 0, stride_s = 0; ///< may be negative
    int64_t outer = 1, stride_outer = 0;
    int64_t origin = 0; ///< where all of these indices are 0, counted from where all indices of the caller's are

    /// An empty tensor's n and s are 0, and so are its strides.
    bool empty() const { return n == 0 || c == 0 || s == 0; }
    int64_t elements() const { return outer * n * c * s; }
    /// outer, n, c, s
    std::array<Axis, 4> axes() const { return {{{outer, stride_outer}, {n, stride_n}, {c, stride_c}, {s, stride_s}}}; }
    /// The lowest element in memory, counted as `origin` is.
    int64_t lowest() const;
    /// Elements from the lowest in memory to the highest, both included; 0 if empty.
    int64_t span() const;
};

/// A tensor of a problem, with the name that error texts give it.
struct Tensor {
    const char *name;    ///< of its operand
    nf_layout layout;    ///< as described; resolve_layout() fills in the defaults
    Canonical canonical; ///< set by canonicalise()
};

/// Replaces "like x, contiguous" (rank 0) and "contiguous" (strides all zero) by what they stand for. `x` is the resolved
/// layout of x, null when the tensor is x. Refuses ranks, extents and strides that no tensor can have.
Status resolve_layout(Tensor &tensor, const nf_layout *x);

/// Sets the canonical form of a resolved tensor for a channel axis in [0, rank). Refuses axes that do not merge, by number,
/// and tensors whose size in bytes does not fit in 63 bits; an empty one has no size, however long its other axes are.
Status canonicalise(Tensor &tensor, int axis);

/// The form that serves all tensors, which have the same n, c and s. There is always one:
///   inner         s is contiguous in all; or runs backwards in all, then it is reversed
///   small_planes  the same, if planes are short and those of adjacent channels adjacent
///   last          c is contiguous in all
///   inner with planes of one element otherwise
/// In the last two n and s merge; where they do not, the shorter of them becomes `outer`. Axes of extent 1 get the stride
/// that suits the form. Depends on shapes and strides alone, because the form fixes the order of summation.
nf_form choose_form(std::vector<Tensor> &tensors);

/// Whether two elements of a tensor may share memory: true unless its axes nest one inside the other.
bool overlaps_itself(const Canonical &canonical);

} // namespace normforge
