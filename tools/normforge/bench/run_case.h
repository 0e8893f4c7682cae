// SPDX-License-Identifier: MIT
// One problem of the benchmark from operands to result.
#pragma once

#include "tools/normforge/bench/result.h"

#include <string>

namespace normforge::bench {

struct CaseOptions {
    int threads = 1;
    int64_t cold_cache_bytes = 0; ///< last-level cache that cold runs must exceed; 0 for warm runs
    bool onednn = false;
    Rounds rounds;
};

/// Measures ours (twice), the baseline and the peer, interleaved. `note` says why the peer is missing, if it is, or how many
/// gradients differ because rounding decides on which side of ReLU they are.
/// Throws std::runtime_error if the problem cannot be run, or if ours and the peer compute different things.
Case run_case(const Problem &problem, const CaseOptions &options, std::string &note);

} // namespace normforge::bench
