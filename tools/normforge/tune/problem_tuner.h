// SPDX-License-Identifier: MIT
// Tunes one problem: search, finals, verdict. Everything measured goes to the journal as it comes.
#pragma once

#include "generators/emit/library.h"
#include "generators/tuning/database.h"
#include "tools/normforge/tune/journal.h"
#include "tools/trial/protocol.h"

#include <chrono>
#include <functional>
#include <map>
#include <optional>

namespace normforge {

/// What all problems of a run share.
struct TuneSettings {
    std::string target, device;
    int threads = 1;
    size_t most_candidates = 0; ///< of a problem, those of the journal included
    std::string trial;          ///< path of normforge-trial
    int64_t cache_bytes = 0;    ///< of the last level
    TrialLimits limits;
    LibraryOptions library;           ///< how candidates are compiled
    std::string compiler_fingerprint; ///< of library.compiler's content
    uint64_t seed = 1;
};

/// Failures of one class.
struct Failures {
    size_t count = 0;
    std::string first; ///< message of the first
};

/// What came of one problem.
struct TunedProblem {
    std::string problem;
    size_t space = 0;                         ///< candidates that there are
    size_t candidates = 0;                    ///< of these tried, now or before
    std::map<std::string, Failures> failures; ///< by outcome
    std::string why_default;                  ///< why no candidate replaces the default; empty if one does
    std::optional<double> noise; ///< the default against itself in the last finals, if there were any; from 1 on
    TunedEntry entry;
};

/// Told the number of candidates tried and the best cost so far, after each.
using TuneProgress = std::function<void(size_t candidates, double best)>;

/// Searches until the candidates are used up or, with a deadline, it is time for the finals. `known`: measurements of
/// earlier runs; those of this problem, target, device, threads, versions and compiler count. Throws Interrupted after
/// Ctrl-C, std::runtime_error if the problem has no kernel of its own or no candidate can be measured.
TunedProblem tune_problem(const Problem &problem, const TuneSettings &settings,
                          std::optional<std::chrono::steady_clock::time_point> deadline, Journal &journal,
                          const std::vector<Measurement> &known, const TuneProgress &progress);

} // namespace normforge
