// SPDX-License-Identifier: MIT
// Per-channel statistics of the benchmark's data, and what follows from them.
#pragma once

#include "runtime/canonical.h"

#include <vector>

namespace normforge::bench {

struct ChannelStatistics {
    std::vector<float> mean, variance, invstd; ///< the variance is biased, without eps

    /// Of a tensor whose lowest element is at `data`, which have mean and variance near 1: sums of squares in double are
    /// exact enough.
    ChannelStatistics(const float *data, const Canonical &x, double eps);
};

/// Calls visit(elements past the lowest in memory, channel) for every element, in the order of memory.
template <typename Visit>
void visit_elements(const Canonical &x, const Visit &visit) {
    for (int64_t n = 0; n < x.n; n++) {
        const int64_t at = n * x.stride_n - x.lowest();
        if (x.stride_c < x.stride_s) { // whichever is shorter goes innermost
            for (int64_t s = 0; s < x.s; s++) {
                for (int64_t c = 0; c < x.c; c++) visit(at + s * x.stride_s + c * x.stride_c, c);
            }
        } else {
            for (int64_t c = 0; c < x.c; c++) {
                for (int64_t s = 0; s < x.s; s++) visit(at + s * x.stride_s + c * x.stride_c, c);
            }
        }
    }
}

} // namespace normforge::bench
