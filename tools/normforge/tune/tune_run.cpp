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

/// How often logs are told how far it is.
constexpr std::chrono::minutes kLogEvery{1};

/// "7:05 left", "" where there is no telling.
std::string time_left(std::optional<double> seconds) {
    if (!seconds) return "";
    const auto whole = std::llround(*seconds);
    return fmt::format(", {}:{:02} left", whole / 60, whole % 60);
}

/// Nothing where there is none, or one of another parameter space.
std::optional<Database> read_shipped(const std::string &target) {
    try {
        const auto loaded = read_database(shipped_database(target), space_signature(), target);
        return loaded ? std::optional(loaded->database) : std::nullopt;
    } catch (const std::runtime_error &error) {
        fmt::print(stderr, "normforge: not used: {}\n", error.what());
        return std::nullopt;
    }
}

} // namespace

TuneRun::TuneRun(const ProblemsToTune &problems, const TuneSettings &settings, const Machine &machine,
                 const TuneFiles &files, const JsonOption &json)
    : problems_(problems),
      settings_(settings),
      machine_(machine),
      json_(json),
      journal_path_(files.journal.empty() ? user_journal(settings.target) : files.journal),
      database_path_(files.database.empty() ? user_database(settings.target) : files.database),
      database_(database_path_, settings.target, space_signature()),
      shipped_(read_shipped(settings.target)),
      known_(files.again ? JournalContent{} : read_journal(journal_path_)),
      journal_(journal_path_),
      alone_(timing_lock_path(),
             [this](const std::string &who) {
                 progress_.clear();
                 fmt::print(stderr, "normforge: takes turns with another tuner: {}\n", who);
             }),
      progress_(problems.lines.size(), kLogEvery) {
    for (const std::string &why : known_.skipped) fmt::print(stderr, "normforge: skipped {}\n", why);
}

void TuneRun::run() {
    print_head();
    if (json_.wants_text()) {
        std::vector<std::string> names;
        for (const ShapeLine &line : problems_.lines) names.push_back(to_string(line.problem));
        rows_.emplace(names);
    }
    const InterruptGuard guard;
    const RoundsEvents events = {[this](size_t i) { done(i); },
                                 [this](size_t i, const std::exception &error) {
                                     tuners_[i] = nullptr;
                                     failed(names_[i], error.what());
                                 }};
    Rounds rounds(contestants(known_.measurements), settings_.end, events);
    rounds_ = &rounds;
    try {
        run(rounds);
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
                                      tuned_.size(), problems_.lines.size(), journal_path_));
    }
    if (!failed_.empty())
        throw CheckFailed(fmt::format("{} of {} problems could not be tuned", failed_.size(), problems_.lines.size()));
}

/// Until Ctrl-C; what needs no more measurements then is decided.
void TuneRun::run(Rounds &rounds) {
    try {
        rounds.run();
    } catch (const Interrupted &) {
        for (size_t i = 0; i < tuners_.size(); i++)
            if (tuners_[i] && tuners_[i]->standings().settled()) done(i);
    }
}

void TuneRun::print_head() const {
    if (!json_.wants_text()) return;
    fmt::print("normforge {}, target {}, {} thread{}\n{}journal:   {}\ndatabase:  {}\n\n", nf_version(), settings_.target,
               settings_.threads, settings_.threads == 1 ? "" : "s", describe(machine_), journal_path_, database_path_);
}

std::vector<std::unique_ptr<Contestant>> TuneRun::contestants(const std::vector<Measurement> &known) {
    std::vector<std::unique_ptr<Contestant>> all;
    for (const ShapeLine &line : problems_.lines) {
        const std::string name = to_string(line.problem);
        try {
            auto tuner = std::make_unique<ProblemTuner>(line.problem, line.count, settings_, journal_, alone_,
                                                        [this](const ProblemTuner &now) { show(now); });
            tuner->recall(known);
            tuner->propose(proposals_for(line.problem));
            names_.push_back(name);
            tuners_.push_back(tuner.get());
            all.push_back(std::move(tuner));
        } catch (const std::exception &error) { // it has no kernel of its own
            failed(name, error.what());
        }
    }
    return all;
}

/// What the databases have, the one that this run replaces entries of first.
std::vector<std::string> TuneRun::proposals_for(const Problem &problem) const {
    std::vector<std::string> configurations;
    const auto add = [&](const Database &database) {
        const Lookup found = look_up(database, problem, settings_.device, settings_.threads);
        if (found.entry) configurations.push_back(found.entry->configuration);
    };
    add(database_.database());
    if (shipped_) add(*shipped_);
    return configurations;
}

void TuneRun::show(const ProblemTuner &now) {
    const double best = now.standings().best_cost().value_or(std::nan(""));
    progress_.show(tuned_.size(), fmt::format("{}: {} tried, best {:.3f} of the default's time{}", now.problem(),
                                              now.standings().tried(), best, time_left(rounds_->seconds_left())));
}

void TuneRun::done(size_t i) {
    const TunedProblem tuned = tuners_[i]->result();
    tuners_[i] = nullptr;
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

void TuneRun::failed(const std::string &problem, const std::string &why) {
    progress_.clear();
    failed_.push_back({problem, why});
    fmt::print(stderr, "normforge: {}: {}\n", problem, why);
}

void TuneRun::finish() const {
    nlohmann::json document = {{"normforge", nf_version()},          {"target", settings_.target},
                               {"machine", to_json(machine_)},       {"threads", settings_.threads},
                               {"journal", journal_path_},           {"database", database_path_},
                               {"problems", nlohmann::json::array()}};
    for (const TunedProblem &one : tuned_) document["problems"].push_back(to_json(one));
    for (const auto *failed : {&failed_, &problems_.not_ours})
        for (const FailedProblem &one : *failed) document["problems"].push_back(to_json(one));
    json_.write(document);
    if (json_.wants_text()) fmt::print("\n{}", summary_text(tuned_));
}

} // namespace normforge
