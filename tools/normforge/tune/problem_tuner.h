// SPDX-License-Identifier: MIT
// Tunes one problem: search, repeats, finals. Everything measured goes to the journal as it comes.
#pragma once

#include "tools/normforge/tune/candidates.h"
#include "tools/normforge/tune/journal.h"
#include "tools/normforge/tune/rounds.h"
#include "tools/normforge/tune/search/strategy.h"
#include "tools/normforge/tune/standings.h"
#include "tools/normforge/tune/timing_lock.h"
#include "tools/normforge/tune/trial_process.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace normforge {

/// What all problems of a run share.
struct TuneSettings {
    std::string target, device;
    int threads = 1;
    size_t most_candidates = 0; ///< of a problem, those of the journal included
    std::string trial;          ///< path of normforge-trial
    int64_t cache_bytes = 0;    ///< of the last level
    TrialLimits limits;
    LibraryOptions library;           ///< how candidates are compiled
    std::string compiler_fingerprint; ///< of library.compiler's content
    uint64_t seed = 1;
    Deadline end; ///< of the run: a candidate that still runs then is given up, which says nothing of it
};

/// Seconds that a step took so far: the mean of all.
struct MeanSeconds {
    double sum = 0;
    size_t steps = 0;

    double value() const { return steps ? sum / static_cast<double>(steps) : 0; }
};

class ProblemTuner : public Contestant {
public:
    /// Called after each measurement.
    using Progress = std::function<void(const ProblemTuner &)>;

    /// `count`: how often the model runs it. Throws std::runtime_error if the problem has no kernel of its own.
    ProblemTuner(const Problem &problem, int count, const TuneSettings &settings, Journal &journal, TimingLock &machine,
                 Progress progress);

    /// Takes over what earlier runs measured: of this problem, target, device, threads and versions, and not under smaller
    /// limits than these where that made it fail.
    void recall(const std::vector<Measurement> &known);

    /// What to try right after the default, best guess first: configurations that databases have. Those of other choices of
    /// stores are passed over. Called after recall().
    void propose(const std::vector<std::string> &configurations);

    Outlook outlook() const override;

    // These throw Interrupted after Ctrl-C, RunStopped where a measurement cannot be kept or nothing can be compiled, and
    // std::runtime_error if the problem cannot be prepared.
    void search(size_t candidates, Deadline end) override;
    void finish(Deadline end) override;

    void release() override { trial_.reset(); }

    const std::string &problem() const { return text_; }
    const Standings &standings() const { return standings_; }

    /// Throws std::runtime_error if all candidates failed.
    TunedProblem result() const;

private:
    size_t left() const;
    size_t batch_size(size_t most, Deadline end) const;
    std::vector<Point> next_batch(size_t most);
    void run_batch(const std::vector<Point> &batch);
    bool time_for(double seconds, Deadline end) const;
    double trial_seconds(const std::string &configuration) const;
    bool prepare();
    bool measure(const BuiltCandidate &built, TrialRequest request, const char *phase);
    void remember(const Point &point, const Measurement &m);
    const BuiltCandidate &built(const std::string &configuration);
    void discard_slow_ones();
    Measurement blank() const;

    Problem problem_;
    std::string text_;
    int count_;
    const TuneSettings &settings_;
    Journal &journal_;
    TimingLock &machine_;
    Progress progress_;
    MainKernel kernel_;
    Space space_;
    Candidates candidates_;
    std::unique_ptr<Strategy> strategy_;
    std::vector<Point> proposals_; ///< that were not tried yet
    bool exhausted_ = false;       ///< the strategy has no more
    std::unique_ptr<TrialProcess> trial_;
    std::string defaults_;                        ///< the default's library, once it is compiled
    std::map<std::string, BuiltCandidate> built_; ///< by configuration, in this run
    Standings standings_;
    MeanSeconds defaults_seconds_, prepare_seconds_, candidate_seconds_, search_trial_seconds_;
    std::optional<double> noise_;
};

} // namespace normforge
