// SPDX-License-Identifier: MIT
// All problems of one `normforge tune`: journal, database, what is printed.
#pragma once

#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/machine.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/progress.h"
#include "tools/normforge/tune/database_file.h"
#include "tools/normforge/tune/problem_tuner.h"
#include "tools/normforge/tune/tune_text.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

struct TuneFiles {
    std::string journal, database; ///< empty: the user's
    bool again = false;            ///< measure again what the journal has
};

class TuneRun {
public:
    /// `problems`: each once, with how often the model runs it. Throws std::runtime_error where a file cannot be used.
    TuneRun(const std::vector<ShapeLine> &problems, const TuneSettings &settings, const Machine &machine,
            const TuneFiles &files, const JsonOption &json);

    /// Prints as it goes; throws CheckFailed if a problem could not be tuned, Interrupted after Ctrl-C and RunStopped where
    /// the run had to end, both after printing what is known.
    void run();

private:
    void print_head() const;
    std::vector<std::unique_ptr<Contestant>> contestants(const std::vector<Measurement> &known);
    void show(const ProblemTuner &now);
    void done(size_t i);
    void failed(const std::string &why);
    void finish() const;

    const std::vector<ShapeLine> &problems_;
    const TuneSettings &settings_;
    const Machine &machine_;
    const JsonOption &json_;
    std::string journal_path_, database_path_;
    DatabaseFile database_;
    JournalContent known_; ///< before this run appends to it
    Journal journal_;
    TimingLock alone_;
    Progress progress_;
    std::optional<TuneRows> rows_;
    std::vector<const ProblemTuner *> tuners_; ///< of those that have a kernel; each as long as it is in the rounds
    const Rounds *rounds_ = nullptr;           ///< while it runs
    std::vector<TunedProblem> tuned_;
    size_t failed_ = 0;
};

} // namespace normforge
