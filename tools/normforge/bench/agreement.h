// SPDX-License-Identifier: MIT
// A competitor that computes something else is not one: what ours wrote, to compare a peer's result with. This is a guard
// for the comparison of times, `normforge verify` is the test.
#pragma once

#include "tools/normforge/bench/competitor.h"

#include <vector>

namespace normforge::bench {

class Agreement {
public:
    /// Runs ours on slot 0 of dense tensors.
    Agreement(Competitor &ours, const Problem &problem, const Operands &operands);

    /// Runs a peer on slot 0. Returns how many elements at ReLU's edge differ; throws std::runtime_error for any other
    /// difference.
    int64_t require(Competitor &peer) const;

private:
    bool at_edge(int64_t element) const;

    const Operands &operands_;
    bool has_edge_; ///< the op recomputes ReLU's mask
    std::string ours_;
    std::vector<float> expected_;
    std::vector<float> x_, gamma_, beta_, mean_, invstd_; ///< empty without an edge
};

} // namespace normforge::bench
