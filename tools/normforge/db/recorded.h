// SPDX-License-Identifier: MIT
// A journal sorted into what other autotuners call a tuning problem.
#pragma once

#include "tools/normforge/tune/journal.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace normforge {

/// The choices of a configuration in its order; numbers as numbers.
using Choices = std::vector<std::pair<std::string, nlohmann::json>>;

struct Trial {
    Measurement measurement;
    Choices choices;
};

/// All that was measured of a problem on one target, device and number of threads: at least one trial, all of the same
/// parameter space and with the same names of choices.
struct RecordedProblem {
    std::vector<Trial> trials; ///< in the order of the journal

    const Measurement &first() const { return trials.front().measurement; }

    /// "forward_train_f32_nchw_1x8x5x5.x86-64-avx512.AMD_EPYC.2_threads": other problems have other names.
    std::string file_stem() const;
};

struct Recorded {
    std::vector<RecordedProblem> problems;
    std::vector<std::string> left_out; ///< what, and why
};

/// Where a problem was measured in several parameter spaces, the last one in the journal counts.
Recorded sort_journal(const std::vector<Measurement> &measurements);

/// The text of a T4 results file, version 1.0.0: https://github.com/odgaard/TuningSchema, branch T4.
std::string t4_text(const RecordedProblem &problem);

/// The text of a Kernel Tuner cache file: what its simulation mode and its dashboard read.
std::string kernel_tuner_text(const RecordedProblem &problem);

} // namespace normforge
