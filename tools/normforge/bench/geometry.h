// SPDX-License-Identifier: MIT
// What follows from a problem's description for its x-like tensors: extents, strides, what is read and written.
#pragma once

#include "runtime/canonical.h"
#include "runtime/problem.h"

#include <vector>

namespace normforge::bench {

/// The x-like tensors of an op, in the order of nf_tensors.
enum TensorRole { kX, kResidual, kY, kDy, kDx, kDresidual, kTensorRoles };

/// A tensor that the op has.
struct OpTensor {
    TensorRole role;
    bool written;
    Canonical canonical;
};

struct Geometry {
    /// Throws std::runtime_error if a tensor has no canonical form.
    explicit Geometry(const Problem &problem);

    std::vector<OpTensor> tensors; ///< x first; the least that the op moves is one pass over each
    bool backward = false;
    bool dense = false; ///< all tensors are contiguous
    int64_t element_bytes = 0;
    int64_t channel_bytes = 0; ///< of an element of a per-channel array
    int64_t elements = 0;      ///< of x
    int64_t traffic_bytes = 0; ///< T for each tensor, T = bytes of x: 2 T forward, 3 T backward, more with a residual

    const Canonical &x() const { return tensors.front().canonical; }
    int64_t channels() const { return x().c; }
    /// The channel of element i of a dense tensor.
    int64_t channel_of(int64_t i) const { return x().c > 1 ? i / x().stride_c % x().c : 0; }
};

} // namespace normforge::bench
