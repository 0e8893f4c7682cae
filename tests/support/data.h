// SPDX-License-Identifier: MIT
// Deterministic operands for a problem. Everything is dense (n, c, s); the runner puts it into the problem's strides.
#pragma once

#include "tests/support/canonical.h"
#include "tests/support/number.h"
#include <random>
#include <string>
#include <vector>

namespace normforge::testing {

/// How x is made.
enum class Distribution {
    normal,   ///< normal(mean, sigma), both varied a little from channel to channel
    constant, ///< every element is `mean`
    exact     ///< statistics are exact in every order of summation: see fill_exact() in data.cpp
};

struct DataSpec {
    Distribution distribution = Distribution::normal;
    double mean = 0.25;
    double sigma = 1.5;
    uint64_t seed = 1;
};

/// "normal(0.25, 1.5) seed 1", for failure messages.
std::string to_string(const DataSpec &spec);

struct Inputs {
    reference::Shape shape;
    Values x, dy;
    Values gamma, beta;
    Values saved_mean, saved_invstd;       ///< in of backward_train: x's own statistics, rounded
    Values running_mean, running_variance; ///< before the call; near x's statistics, not equal
};

Inputs make_inputs(const nf_description &description, const DataSpec &spec);

} // namespace normforge::testing
