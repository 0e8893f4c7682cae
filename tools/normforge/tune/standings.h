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
    /// Takes over a measurement. Returns whether it is the first of a candidate.
    bool add(const Measurement &measurement);

    size_t tried() const { return tried_.size(); }

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

    /// Fills in failures, verdict and entry. Throws std::runtime_error if candidates were tried and none could be measured.
    void decide(TunedProblem &result) const;

private:
    /// A candidate and all its measurements but the final one; at least one.
    struct Tried {
        std::vector<Measurement> measurements;

        bool measured() const;
        double cost() const;
    };

    std::vector<const Tried *> ranked() const;
    void add_failures(TunedProblem &result) const;

    std::map<std::string, Tried> tried_;        ///< by configuration
    std::map<std::string, Measurement> finals_; ///< likewise
    double default_milliseconds_ = 0;
};

} // namespace normforge
