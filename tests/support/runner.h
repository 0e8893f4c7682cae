// SPDX-License-Identifier: MIT
// Runs one problem through the public C API on guarded, strided, deliberately misaligned memory, and hands back dense
// results. Shared by the kernel tests and `normforge verify`.
#pragma once

#include "runtime/problem.h"
#include "tests/support/data.h"
#include "tests/support/guarded_buffer.h"
#include "tests/support/measure.h"
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace normforge::testing {

struct RunOptions {
    std::string variant; ///< forced; empty: the library chooses
    int threads = 0;     ///< 0: the library chooses
    Edge edge = Edge::end;
};

/// The library refused, ran something else than it was told to, or wrote where it must not.
class RunFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What the call wrote, dense; an output the op does not have is empty.
struct Results {
    std::array<Values, kOutputCount> values;
    std::string variant; ///< that ran, "" for an empty batch

    const Values &operator[](Output output) const { return values[static_cast<int>(output)]; }
    Values &operator[](Output output) { return values[static_cast<int>(output)]; }
};

/// Throws RunFailure: status other than success; another variant than the forced one (but a stream variant may hand over to
/// a cached one where y or dx does not begin at a multiple of 64 bytes); inputs, padding between
/// strided elements, or surroundings changed; an output element left unwritten.
Results run(const Problem &problem, const Inputs &inputs, const RunOptions &options);

/// Empty if all bits agree (any NaN equals any NaN), else where they first differ.
std::string first_difference(const Results &a, const Results &b);

} // namespace normforge::testing
