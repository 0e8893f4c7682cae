// SPDX-License-Identifier: MIT
// The tuner's journal, read: JSON lines, one per measurement.
#pragma once

#include <string>
#include <vector>

namespace normforge {

struct Measurement {
    std::string problem, target, device;
    int threads = 0;
    std::string signature, configuration;
    std::string phase;   ///< search or final
    std::string outcome; ///< measured, or the class of failure: compile, timeout, crash, memory, wrong
    std::string message; ///< of a failure, its first line
    std::vector<double> milliseconds, default_milliseconds; ///< of the same rounds
    double compile_seconds = 0;
    std::string normforge, halide, llvm, time;

    bool measured() const { return outcome == "measured"; }
};

/// The middle one, or the mean of the two middle ones; of at least one number.
double median(std::vector<double> numbers);

/// median(milliseconds) / median(default_milliseconds), of what was measured: below 1 is faster than the default.
double cost(const Measurement &measurement);

struct JournalContent {
    std::vector<Measurement> measurements;
    std::vector<std::string> skipped; ///< "FILE:LINE: why"
};

/// `name` is the file's, for `skipped`.
JournalContent parse_journal(const std::string &text, const std::string &name);

} // namespace normforge
