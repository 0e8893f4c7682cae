// SPDX-License-Identifier: MIT
// One problem, prepared: operands, what the default kernel makes of them, memory to time on. A candidate is checked against
// the default kernel's bits and then timed beside it.
#pragma once

#include "tests/support/runner.h"
#include "tools/normforge/bench/competitor.h"
#include "tools/trial/protocol.h"

namespace normforge {

struct TrialOptions {
    Problem problem;
    std::string variant;     ///< the default kernel, forced
    int threads = 1;         ///< for everything that is timed
    int64_t cache_bytes = 0; ///< calls go round through more than twice as much
};

class Trial {
public:
    /// Runs the default kernel in one thread, so that this process may still fork. Throws std::runtime_error if it cannot
    /// be run or what it computes is over the bounds of docs/numerics.md.
    explicit Trial(TrialOptions options);

    /// Loads the candidate, demands the default's bits on poisoned memory between inaccessible pages, and times both. For a
    /// child process, once: it leaves threads, the candidate's code and what that wrote.
    TrialAnswer run(const TrialRequest &request);

private:
    std::string wrong(const TrialRequest &request);
    std::unique_ptr<bench::Competitor> competitor(const std::string &variant) const;

    TrialOptions options_;
    testing::Inputs inputs_;
    testing::GuardedOperands expected_; ///< as a call of the default kernel left them
    testing::GuardedOperands poisoned_; ///< for the candidate's call
    bench::Operands operands_;          ///< to time on
};

} // namespace normforge
