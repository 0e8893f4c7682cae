// SPDX-License-Identifier: MIT
// What a journal says of one search: the candidates in the order in which they were measured, and the final rounds.
#pragma once

#include "tools/normforge/tune/journal.h"
#include "tools/normforge/tune/standings.h"

#include <map>
#include <string>
#include <vector>

namespace normforge::report {

/// Rounds in which a measurement was faster than the default beside it.
size_t faster_rounds(const Measurement &measurement);

struct Search {
    /// The first one says for all of them what was searched, for what and where.
    std::vector<Measurement> candidates; ///< of phase search, each configuration once: its last measurement
    std::vector<Measurement> finals;     ///< of phase final
    Standings standings;                 ///< all of it: who wins, by the tuner's own rule

    const Measurement &any() const { return candidates.empty() ? finals.front() : candidates.front(); }
    std::string where() const; ///< "forward_train:f32:nchw:2x32x8x8, x86-64-avx512, 2 threads"

    /// The final of the winner or, where the default stays, of the candidate that came nearest; null if there is none.
    const Measurement *best_final() const;
    bool has_winner() const { return standings.winner() != nullptr; }
    /// The default's time by that of what runs after tuning: 1 where the default stays.
    double gain() const { return has_winner() ? 1 / cost(*best_final()) : 1; }
    /// The configuration that runs after tuning; before the finals the best, "" if all failed.
    std::string chosen() const;
    /// The candidate with the least cost, null if all failed.
    const Measurement *best_candidate() const;

    size_t failed() const; ///< candidates

    /// Costs in the order of evaluation; 1 for a candidate that failed or was slower than the default, which then stays.
    std::vector<double> kept_costs() const;
};

/// Failures of one class, in all searches.
struct Failures {
    size_t count = 0;
    Measurement first;
};

/// In the order in which each search begins in the journals.
std::vector<Search> group_searches(const std::vector<Measurement> &measurements);

std::map<std::string, Failures> count_failures(const std::vector<Measurement> &measurements);

} // namespace normforge::report
