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

struct ProblemsToTune {
    std::vector<ShapeLine> lines;        ///< each problem once, with how often the model runs it
    std::vector<FailedProblem> not_ours; ///< which the tuner cannot measure
};

class TuneRun {
public:
    /// Throws std::runtime_error where a file cannot be used.
    TuneRun(const ProblemsToTune &problems, const TuneSettings &settings, const Machine &machine, const TuneFiles &files,
            const JsonOption &json);

    /// Prints as it goes; throws CheckFailed if a problem could not be tuned, Interrupted after Ctrl-C and RunStopped where
    /// the run had to end, both after printing what is known.
    void run();

private:
    void run(Rounds &rounds);
    void print_head() const;
    std::vector<std::string> proposals_for(const Problem &problem) const;
    std::vector<std::unique_ptr<Contestant>> contestants(const std::vector<Measurement> &known);
    void show(const ProblemTuner &now);
    void done(size_t i);
    void failed(const std::string &problem, const std::string &why);
    void finish() const;

    const ProblemsToTune &problems_;
    const TuneSettings &settings_;
    const Machine &machine_;
    const JsonOption &json_;
    std::string journal_path_, database_path_;
    DatabaseFile database_;
    std::optional<Database> shipped_; ///< what came with this program, if that can be used
    JournalContent known_;            ///< before this run appends to it
    Journal journal_;
    TimingLock alone_;
    Progress progress_;
    std::optional<TuneRows> rows_;
    std::vector<std::string> names_;           ///< problems that have a kernel
    std::vector<const ProblemTuner *> tuners_; ///< theirs; null once it has left the rounds
    const Rounds *rounds_ = nullptr;           ///< while it runs
    std::vector<TunedProblem> tuned_;
    std::vector<FailedProblem> failed_;
};

} // namespace normforge
