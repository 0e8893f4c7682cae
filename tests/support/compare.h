// SPDX-License-Identifier: MIT
// Compares what a kernel wrote with the float64 reference. Each step starts from the rounded values that the step before
// wrote (y from the saved statistics, dx from dgamma and dbeta), so its bound counts its own roundings and nothing else.
#pragma once

#include "tests/support/runner.h"

namespace normforge::testing {

struct Measured {
    Output output;
    double error; ///< largest, in the units of docs/numerics.md
    double bound;
    int64_t at; ///< dense index of the largest error
};

struct Comparison {
    std::vector<Measured> outputs;
    int64_t elements = 0; ///< values compared
    int64_t near_kink =
        0; ///< pre-activations within the forward bound of a jump of f' (relu: 0), whose side the kernel decides

    bool within_bounds() const;
};

Comparison compare(const Problem &problem, const Inputs &inputs, const Results &results);

/// "y 2.31 of 4 at 17, mean 0.50 of 4 at 3"; outputs over their bound only, if asked.
std::string to_string(const Comparison &comparison, bool failures_only = false);

/// What a kernel must write to the bit when the statistics are exact (Distribution::exact): every statistic is the
/// reference's value rounded once, y is the strict expression in the type of the arithmetic. Ops that write y, epilogues
/// that reference::strict_apply() knows. Empty if so, else the first difference.
std::string exact_difference(const Problem &problem, const Inputs &inputs, const Results &results);

} // namespace normforge::testing
