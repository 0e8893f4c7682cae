// SPDX-License-Identifier: MIT
// What `normforge tune` prints, and what it writes for programs.
#pragma once

#include "tools/normforge/tune/tuned_problem.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace normforge {

/// A line for each problem as it is done, in columns.
class TuneRows {
public:
    /// Prints the header.
    explicit TuneRows(const std::vector<std::string> &problems);

    void add(const TunedProblem &tuned) const;

private:
    size_t width_;
};

/// The lines at the end: geometric mean and worst of the speed-ups, failures by class with the first message of each.
std::string summary_text(const std::vector<TunedProblem> &tuned);

nlohmann::json to_json(const TunedProblem &tuned);
nlohmann::json to_json(const FailedProblem &failed);

} // namespace normforge
