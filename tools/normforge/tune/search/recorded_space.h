// SPDX-License-Identifier: MIT
// A space of which every candidate was measured once, so that strategies can be compared without measuring: what
// `normforge tune --effort exhaustive` leaves in its journal.
#pragma once

#include "generators/tuning/space.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

struct RecordedSpace {
    std::string problem;
    Space space;
    std::map<Point, std::optional<double>> costs; ///< of all candidates: time / default's time; none: it failed

    /// The least cost.
    double best() const;
};

/// The spaces in a journal, one for each problem; the first candidate of a problem counts as its default. A candidate that
/// was measured several times has the median of its costs, and failed only if every try did. Throws std::runtime_error that
/// names file and line.
std::vector<RecordedSpace> read_recorded_spaces(const std::string &path);

} // namespace normforge
