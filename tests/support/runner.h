// SPDX-License-Identifier: MIT
// Runs one problem through the public C API on guarded, strided, deliberately misaligned memory, and hands back dense
// results. Shared by the kernel tests and `normforge verify`.
#pragma once

#include "runtime/problem.h"
#include "tests/support/data.h"
#include "tests/support/guarded_operands.h"
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
    std::vector<std::string> absent = {}; ///< operands of the call that are left out, beside inputs that are empty
};

/// The library refused, ran something else than it was told to, or wrote where it must not.
class RunFailure : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// What the call wrote, dense; an output the op does not have, or nobody asked for, is empty.
struct Results {
    std::array<Values, kOutputCount> values;
    std::string variant; ///< the last that ran, "" if none did

    const Values &operator[](Output output) const { return values[static_cast<int>(output)]; }
    Values &operator[](Output output) { return values[static_cast<int>(output)]; }

    /// The triple or merged triple that begins with this output, as an input of the next phase.
    Values triple(Output count) const;
};

/// One call on operands made for it; `options.absent` is theirs. Returns the last variant that ran, "" if none did. Throws
/// RunFailure: status other than success; another variant than the forced one (but a stream variant may hand over to a
/// cached one where its output does not begin at a multiple of 64 bytes); memory around the workspace changed.
std::string execute(const Problem &problem, GuardedOperands &operands, const RunOptions &options);

/// What a call left in its operands. Throws RunFailure: inputs, gradients that nobody asked for, padding between strided
/// elements, or surroundings changed; an output element was left unwritten.
Results read_results(const Problem &problem, const GuardedOperands &operands);

/// Both, on operands of its own.
Results run(const Problem &problem, const Inputs &inputs, const RunOptions &options);

/// Empty if all bits agree (any NaN equals any NaN), else where they first differ.
std::string first_difference(const Results &a, const Results &b);

} // namespace normforge::testing
