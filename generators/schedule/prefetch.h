// SPDX-License-Identifier: MIT
// Software prefetch in compiled loops. Halide 19 has a directive for it, but what it emits fetches every fourth line only,
// and past the L2 cache (prefetchnta).
#pragma once

#include <Halide.h>

#include <string>
#include <vector>

namespace normforge {

/// In each step of the innermost loops of a Func's stage, fetch the lines that lie `distance` elements after those which the
/// step reads from a tensor. Addresses past the tensor's end are harmless: prefetching never faults.
struct Prefetch {
    std::string loops;  ///< how the loops' names begin: "y.s0." for the Func y's pure definition
    std::string tensor; ///< an input
    Halide::Expr distance;
};

/// Adds the prefetches when the pipeline is lowered.
void add_prefetches(Halide::Pipeline pipeline, const std::vector<Prefetch> &prefetches);

} // namespace normforge
