// SPDX-License-Identifier: MIT
// Deterministic operands for a problem. Everything is dense (n, c, s); the runner puts it into the problem's strides.
#pragma once

#include "tests/support/canonical.h"
#include "tests/support/number.h"
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

/// What a call is given. An empty array is an absent operand.
struct Inputs {
    reference::Shape shape;
    Values x, residual, dy;
    Values y; ///< in of backward: forward's output
    Values gamma, beta;
    Values saved_mean, saved_invstd;       ///< in of backward and apply: x's own statistics, rounded
    Values running_mean, running_variance; ///< before the call; near x's statistics, not equal
    Values triples;                        ///< [part][count, first, second][c]
    Values dx, dresidual, dgamma, dbeta;   ///< before the call, where they are added to
    int64_t batches_averaged = 0;
};

/// An operand has the same values in every op; tensors that the op does not read are left empty, but for x and the residual,
/// from which y is made.
Inputs make_inputs(const nf_description &description, const DataSpec &spec);

/// The triples of `parts` pieces of x, one after the other in the channel: (m, mean, sum((x - mean)^2)), or with dy
/// (m, sum(dy), sum(dy * (x - in.saved_mean))). A piece may be empty.
Values make_triples(const Inputs &in, int parts, bool with_dy);

/// Back to the reference's words.
std::vector<reference::Triple> triples_of(const Values &triples, int64_t channels);

} // namespace normforge::testing
