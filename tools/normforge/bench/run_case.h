// SPDX-License-Identifier: MIT
// One problem of the benchmark from operands to results.
#pragma once

#include "tools/normforge/bench/peers.h"
#include "tools/normforge/bench/result.h"

#include <functional>
#include <vector>

namespace normforge::bench {

struct CaseOptions {
    std::vector<int> threads = {1};
    bool cold = true, warm = true;
    int64_t cache_bytes = 0; ///< last-level cache that cold runs must exceed
    std::vector<Peer> peers;
    Rounds rounds;
};

/// Measures ours (twice), the references and the peers, interleaved: a case for each number of threads and temperature, on
/// the same operands, reported as soon as it is known. Its note says why a peer is missing, or how many gradients differ
/// because rounding decides on which side of ReLU they are. Throws std::runtime_error if the problem cannot be run, or if
/// ours and a peer compute different things.
void run_cases(const Problem &problem, const CaseOptions &options, const std::function<void(const Case &)> &report);

} // namespace normforge::bench
