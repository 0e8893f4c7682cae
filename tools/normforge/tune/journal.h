// SPDX-License-Identifier: MIT
// The journal: every measurement a tuner made, a JSON object a line, only ever appended to. What the fields mean:
// docs/database.md.
#pragma once

#include "generators/tuning/provenance.h"
#include "tools/normforge/common/file_lock.h"
#include "tools/trial/outcome.h"

#include <optional>
#include <string>
#include <vector>

namespace normforge {

/// One line: one configuration of one problem, timed, or how it failed.
struct Measurement : Provenance {
    std::string problem, target;
    std::string signature;                                  ///< of the parameter space
    std::string configuration;                              ///< all choices, resolved
    std::string phase;                                      ///< search, repeat, final
    Outcome outcome = Outcome::measured;                    ///< or the class of failure
    std::string message;                                    ///< first line of the failure
    std::vector<double> milliseconds, default_milliseconds; ///< of the same interleaved rounds; empty where it failed
    std::vector<double> again_milliseconds; ///< of the same rounds, the default once more; empty where that was not kept
    double compile_seconds = 0;
    double timeout_seconds = 60, memory_bytes = 4294967296.0; ///< limits it ran under; lines without them had these
    std::string compiler; ///< fingerprint of the program that compiled it; empty: unknown, as in lines of older versions
    std::string time;     ///< "2026-01-31T12:00:00Z"

    bool measured() const { return outcome == Outcome::measured; }
};

/// The middle one, or the mean of the two middle ones; of at least one number.
double median(std::vector<double> numbers);

/// median(milliseconds) / median(default_milliseconds), of what was measured: below 1 is faster than the default.
double cost(const Measurement &measurement);

/// Two series of the default kernel in the same rounds, the larger median over the smaller: what chance does. Nothing where
/// the measurement has but one.
std::optional<double> noise(const Measurement &measurement);

/// A journal to append to.
class Journal {
public:
    /// Creates folder and file. Throws std::runtime_error: another process has it, and which, or it cannot be written. What
    /// a process that was killed left of a line is ended here, so that only that line is lost.
    explicit Journal(const std::string &path);
    ~Journal();
    Journal(const Journal &) = delete;
    Journal &operator=(const Journal &) = delete;

    /// Appends a line, and waits until it is on the disk. Throws std::runtime_error, and the file is as it was, if that
    /// fails; std::invalid_argument for what read_journal() would skip.
    void append(const Measurement &measurement);

private:
    void write_line(const std::string &line);

    std::string path_;
    FileLock lock_;
    int file_;
};

struct JournalContent {
    std::vector<Measurement> measurements;
    std::vector<std::string> skipped; ///< "FILE:LINE: why"
};

/// Reads a journal, also while another process appends to it. Lines that are no measurements are skipped, a torn last one
/// among them. A file that does not exist is empty; one that cannot be read throws std::runtime_error.
JournalContent read_journal(const std::string &path);

/// The same from a text that is no file; `skipped` names it `name`.
JournalContent parse_journal(const std::string &text, const std::string &name);

} // namespace normforge
