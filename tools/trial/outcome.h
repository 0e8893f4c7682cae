// SPDX-License-Identifier: MIT
// What can become of a candidate, and the words for it: in the journal, between the tuner and its trials, in reports.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace normforge {

enum class Outcome {
    measured, ///< checked and timed
    compile,  ///< it does not compile, or cannot be loaded
    timeout,  ///< it, or compiling it, did not end in time
    crash,    ///< it was killed by a signal, or ended the process
    memory,   ///< it took more memory than it may
    wrong,    ///< other bits than the default's, or memory touched that it must not touch
    disturbed ///< checked, but page faults left too few samples: says nothing of the candidate
};

/// "measured", "compile", ...
const char *name_of(Outcome outcome);

/// Nothing for a word that is none.
std::optional<Outcome> outcome_named(const std::string &name);

/// All names, "measured" first.
std::vector<std::string> outcome_names();

} // namespace normforge
