// SPDX-License-Identifier: MIT
// Problems enter the rounds and leave them with a row and an entry of the database.
#include "tools/normforge/tune/tune_run.h"

#include "generators/tuning/space.h"
#include "tools/normforge/common/command_line.h"
#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/tune/interrupt.h"
#include "tools/normforge/tune/run_stopped.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace normforge {

namespace {

/// "7:05 left", "" where there is no telling.
std::string time_left(std::optional<double> seconds) {
    if (!seconds) return "";
    const auto whole = std::llround(*seconds);
    return fmt::format(", {}:{:02} left", whole / 60, whole % 60);
}

} // namespace

TuneRun::TuneRun(const std::vector<ShapeLine> &problems, const TuneSettings &settings, const Machine &machine,
                 const TuneFiles &files, const JsonOption &json)
    : problems_(problems),
      settings_(settings),
      machine_(machine),
      json_(json),
      journal_path_(files.journal.empty() ? user_journal(settings.target) : files.journal),
      database_path_(files.database.empty() ? user_database(settings.target) : files.database),
      database_(database_path_, settings.target, space_signature()),
      known_(files.again ? JournalContent{} : read_journal(journal_path_)),
      journal_(journal_path_),
      alone_(timing_lock_path(),
             [this](const std::string &who) {
                 progress_.clear();
                 fmt::print(stderr, "normforge: takes turns with another tuner: {}\n", who);
             }),
      progress_(problems.size()) {
    for (const std::string &why : known_.skipped) fmt::print(stderr, "normforge: skipped {}\n", why);
}

void TuneRun::run() {
    print_head();
    if (json_.wants_text()) {
        std::vector<std::string> names;
        for (const ShapeLine &line : problems_) names.push_back(to_string(line.problem));
        rows_.emplace(names);
    }
    const InterruptGuard guard;
    const RoundsEvents events = {[this](size_t i) { done(i); },
                                 [this](size_t, const std::exception &error) { failed(error.what()); }};
    Rounds rounds(contestants(known_.measurements), settings_.end, events);
    rounds_ = &rounds;
    try {
        rounds.run();
    } catch (const Interrupted &) { // finish() says so
    } catch (const RunStopped &) {
        progress_.clear();
        finish();
        throw;
    }
    progress_.clear();
    finish();
    if (interrupted()) {
        throw Interrupted(fmt::format("interrupted after {} of {} problems; what was measured is in {}, run the same "
                                      "command again to go on",
                                      tuned_.size(), problems_.size(), journal_path_));
    }
    if (failed_ > 0) throw CheckFailed(fmt::format("{} of {} problems could not be tuned", failed_, problems_.size()));
}

void TuneRun::print_head() const {
    if (!json_.wants_text()) return;
    fmt::print("normforge {}, target {}, {} thread{}\n{}journal:   {}\ndatabase:  {}\n\n", nf_version(), settings_.target,
               settings_.threads, settings_.threads == 1 ? "" : "s", describe(machine_), journal_path_, database_path_);
}

std::vector<std::unique_ptr<Contestant>> TuneRun::contestants(const std::vector<Measurement> &known) {
    std::vector<std::unique_ptr<Contestant>> all;
    for (const ShapeLine &line : problems_) {
        try {
            auto tuner = std::make_unique<ProblemTuner>(line.problem, line.count, settings_, journal_, alone_,
                                                        [this](const ProblemTuner &now) { show(now); });
            tuner->recall(known);
            tuners_.push_back(tuner.get());
            all.push_back(std::move(tuner));
        } catch (const std::exception &error) { // it has no kernel of its own
            failed(error.what());
        }
    }
    return all;
}

void TuneRun::show(const ProblemTuner &now) {
    const double best = now.standings().best_cost().value_or(std::nan(""));
    progress_.show(tuned_.size(), fmt::format("{}: {} tried, best {:.3f} of the default's time{}", now.problem(),
                                              now.standings().tried(), best, time_left(rounds_->seconds_left())));
}

void TuneRun::done(size_t i) {
    const TunedProblem tuned = tuners_[i]->result();
    if (tuned.decided) {
        try {
            database_.put({*tuned.entry});
        } catch (const std::runtime_error &error) {
            throw RunStopped(error.what());
        }
    }
    tuned_.push_back(tuned);
    progress_.clear();
    if (rows_) rows_->add(tuned);
}

void TuneRun::failed(const std::string &why) {
    progress_.clear();
    failed_++;
    fmt::print(stderr, "normforge: {}\n", why);
}

void TuneRun::finish() const {
    nlohmann::json document = {{"normforge", nf_version()},          {"target", settings_.target},
                               {"machine", to_json(machine_)},       {"threads", settings_.threads},
                               {"journal", journal_path_},           {"database", database_path_},
                               {"problems", nlohmann::json::array()}};
    for (const TunedProblem &one : tuned_) document["problems"].push_back(to_json(one));
    json_.write(document);
    if (json_.wants_text()) fmt::print("\n{}", summary_text(tuned_));
}

} // namespace normforge
