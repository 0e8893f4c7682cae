// SPDX-License-Identifier: MIT
// What is known of the candidates of one problem: who leads, who has to be measured again, who wins. It measures nothing.
#pragma once

#include "tools/normforge/tune/journal.h"
#include "tools/normforge/tune/tuned_problem.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

class Standings {
public:
    /// Takes over a measurement. One of phase search replaces all of its configuration, a failure lasts until the same is
    /// measured again. Returns whether the search has to be told.
    bool add(const Measurement &measurement);

    size_t tried() const { return tried_.size(); }
    bool was_tried(const std::string &configuration) const { return tried_.count(configuration) > 0; }

    /// Configurations of what could be measured, the fastest first.
    std::vector<std::string> ranking() const;

    /// Cost of the fastest, nothing if there is none.
    std::optional<double> best_cost() const;

    /// Milliseconds of the default kernel when it was measured last, 0 if it never was.
    double default_milliseconds() const { return default_milliseconds_; }

    /// Who may go to the finals, the fastest first; none if none is as fast as the default.
    std::vector<std::string> finalists() const;

    /// The first finalist that was measured too few times to be told from a lucky one.
    std::optional<std::string> to_repeat() const;

    /// How many measurements it takes until there is no such finalist, if these remain the finalists.
    size_t repeats_left() const;

    /// The first finalist without a final; the finals that there still are.
    std::optional<std::string> next_final() const;
    size_t finals_left() const;

    /// Whether nobody has to be measured again, and somebody was in the finals.
    bool settled() const;

    /// The final of the candidate that may replace the default: of those that chance does not explain the fastest, also if
    /// others looked better in the search since. Null if none may.
    const Measurement *winner() const;

    /// Of the fastest candidate that has a final; null if there is none.
    const Measurement *best_final() const;

    /// Fills in failures, verdict and entry of a problem whose space and untried proposals are known. Throws
    /// std::runtime_error if candidates were tried and none could be measured.
    void decide(TunedProblem &result) const;

private:
    /// A candidate, from the last time on that it was searched.
    struct Tried {
        std::vector<Measurement> measurements; ///< but the final one; only the last of them may be a failure
        std::optional<Measurement> final;      ///< the last

        const std::string &configuration() const;
        std::vector<const Measurement *> failures() const;
        double cost() const; ///< if it did not fail
    };

    std::vector<const Tried *> ranked() const;

    std::map<std::string, Tried> tried_; ///< by configuration
    double default_milliseconds_ = 0;
};

} // namespace normforge
