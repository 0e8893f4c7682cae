// SPDX-License-Identifier: MIT
// Runs strategies on recorded spaces and says how soon they find what is there.
#pragma once

#include "tools/normforge/tune/search/recorded_space.h"
#include "tools/normforge/tune/search/strategy.h"

#include <functional>

namespace normforge {

struct SimulationSetting {
    size_t evaluations = 60; ///< budget of one run
    int seeds = 20;          ///< runs to average over, with the seeds 1, 2, ...
    double noise = 0.02;     ///< standard deviation of what is added to the logarithm of a recorded cost
    size_t at_once = 2;      ///< candidates that are under way at the same time
};

/// Averages over runs. What a run has found is the candidate that looked best; what it is worth is its recorded cost.
struct SimulationResult {
    std::vector<double> fraction; ///< after 1, 2, ... evaluations: least recorded cost / cost of what was found
    double evaluations_to_95 = 0; ///< evaluations until that is 0.95; a run that does not get there counts as budget + 1
    double evaluations_to_99 = 0;
};

using MakeStrategy = std::function<std::unique_ptr<Strategy>(const Space &space, uint64_t seed)>;

SimulationResult simulate(const RecordedSpace &recorded, const MakeStrategy &make, const SimulationSetting &setting = {});

} // namespace normforge
