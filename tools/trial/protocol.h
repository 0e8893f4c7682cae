// SPDX-License-Identifier: MIT
// What `normforge tune` and normforge-trial say to each other: one JSON object a line, a request on the trial's standard
// input, its answer on standard output. The first answer, without a request, is that of the default kernel.
#pragma once

#include "tools/trial/outcome.h"

#include <cstdint>
#include <string>
#include <vector>

namespace normforge {

/// How long and how often a candidate runs.
struct TrialLimits {
    double timeout_seconds = 60;             ///< for everything that is done with the candidate
    int64_t memory_bytes = int64_t{4} << 30; ///< that it may take beside what the trial holds already
};

struct TrialRequest {
    std::string library;      ///< kernel set with the candidate, lib<set>.so
    std::string variant;      ///< its symbol
    bool guard_begin = false; ///< operands begin, and do not end, at an inaccessible page
    int least_rounds = 5, most_rounds = 9;
    double seconds = 0.2; ///< rounds go on for so long, within the two numbers
    TrialLimits limits;
};

struct TrialAnswer {
    Outcome outcome = Outcome::measured;
    std::string message; ///< first line of the failure
    /// One call each, of the same interleaved rounds: the candidate, the default kernel, the default kernel once more.
    std::vector<double> milliseconds, default_milliseconds, again_milliseconds;
};

std::string to_line(const TrialRequest &request);
std::string to_line(const TrialAnswer &answer);

/// The inverse. Throws std::runtime_error for a line that is none.
TrialRequest parse_request(const std::string &line);
TrialAnswer parse_answer(const std::string &line);

} // namespace normforge
