// SPDX-License-Identifier: MIT
// What came of tuning a problem.
#pragma once

#include "generators/tuning/database.h"

#include <map>
#include <optional>
#include <string>

namespace normforge {

/// Failures of one class.
struct Failures {
    size_t count = 0;
    std::string first; ///< message of the first
};

struct TunedProblem {
    std::string problem;
    size_t space = 0;                         ///< candidates that there are
    size_t candidates = 0;                    ///< of these tried, now or before
    size_t untried_proposals = 0;             ///< what a database has for it, and this run did not try
    std::map<std::string, Failures> failures; ///< by outcome
    std::string why_default;                  ///< why no candidate replaces the default; empty if one does
    std::optional<double> noise;     ///< the default against itself in the last finals, if there were any; from 1 on
    bool decided = false;            ///< whether `entry` is for the database: nothing was left out for want of time
    std::optional<TunedEntry> entry; ///< none if nothing was measured
};

/// One that could not be tuned.
struct FailedProblem {
    std::string problem, error;
};

} // namespace normforge
