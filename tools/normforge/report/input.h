// SPDX-License-Identifier: MIT
// The files that a report is made from: JSON of `normforge bench` and `normforge verify`, journals of `normforge tune`, told
// apart by content.
#pragma once

#include "tools/normforge/report/bench_file.h"
#include "tools/normforge/report/search.h"
#include "tools/normforge/report/verify_file.h"

#include <string>
#include <vector>

namespace normforge::report {

struct JournalFile {
    std::string name;
    JournalContent content;
};

struct Input {
    std::vector<std::string> files; ///< names, as given
    std::vector<BenchFile> benches;
    std::vector<VerifyFile> verifications;
    std::vector<JournalFile> journals;

    std::vector<Measurement> measurements() const; ///< of all journals
    std::vector<std::string> skipped() const;      ///< lines of journals that could not be used: "FILE:LINE: why"
};

/// Throws std::runtime_error: the file, the line or key, what is wrong.
Input read_input(const std::vector<std::string> &files);

} // namespace normforge::report
