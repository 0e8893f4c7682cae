// SPDX-License-Identifier: MIT
// Batches of candidates are compiled side by side, then timed one by one with nothing else running.
#include "tools/normforge/tune/problem_tuner.h"

#include "tools/normforge/common/utc_time.h"
#include "tools/normforge/tune/candidates.h"
#include "tools/normforge/tune/interrupt.h"
#include "tools/normforge/tune/search/strategy.h"
#include "tools/normforge/tune/trial_process.h"
#include "tools/normforge/tune/verdict.h"
#include "tools/normforge/tune/versions.h"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <stdexcept>

namespace normforge {

namespace {

using Clock = std::chrono::steady_clock;

/// The best of the search, if they are as good as the best but for noise, which is about 2 % there.
constexpr size_t kFinalists = 3;
constexpr double kFinalistsRange = 1.03;

/// Of hundreds of candidates the luckiest looks best, by 15 % where a search tried 432. So the best are measured again until
/// the best three have been measured three times; then their median counts.
constexpr size_t kTimesMeasured = 3;
constexpr size_t kMostRepeats = 24;

/// A search learns nothing while a batch is under way.
constexpr size_t kMostInBatch = 8;

/// A final takes 1.5 s of rounds, checks and compiling.
constexpr double kFinalSeconds = 2.5;

/// If the first candidates all fail, the rest will.
constexpr size_t kHopeless = 8;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Which stores fit may depend on it.
Problem with_threads(Problem problem, int threads) {
    problem.description.threads = threads;
    return problem;
}

Timing timing_of(const std::vector<double> &milliseconds) {
    const auto [least, most] = std::minmax_element(milliseconds.begin(), milliseconds.end());
    return {median(milliseconds), *least, *most};
}

/// A candidate and all its measurements but the final one; at least one.
struct Tried {
    std::vector<Measurement> measurements;

    const std::string &configuration() const { return measurements.front().configuration; }
    bool measured() const {
        return std::all_of(measurements.begin(), measurements.end(), [](const Measurement &m) { return m.measured(); });
    }
    double cost() const {
        std::vector<double> costs;
        for (const Measurement &m : measurements) costs.push_back(normforge::cost(m));
        return median(costs);
    }
};

/// The state of one search.
class Search {
public:
    Search(const Problem &problem, const TuneSettings &settings, bool has_deadline, Journal &journal)
        : problem_(with_threads(problem, settings.threads)),
          text_(to_string(problem)),
          settings_(settings),
          journal_(journal),
          kernel_(main_kernel(problem_, settings.target)),
          space_(kernel_.space()),
          candidates_(kernel_, space_, settings.library),
          strategy_(settings.most_candidates < space_.size() || has_deadline ? make_local_search(space_, settings.seed)
                                                                             : make_exhaustive(space_)) {}

    /// Takes over what earlier runs measured.
    void recall(const std::vector<Measurement> &known) {
        const Measurement mine = blank();
        for (const Measurement &one : known) {
            const auto key = [](const Measurement &m) {
                return std::tuple_cat(std::tie(m.problem, m.target, m.device, m.threads, m.signature, m.compiler),
                                      versions_of(m));
            };
            if (key(one) != key(mine)) continue;
            try {
                remember(space_.parse(one.configuration), one);
            } catch (const std::invalid_argument &) { // of another choice of stores: no candidate of this space
            }
        }
    }

    void run(std::optional<Clock::time_point> deadline, const TuneProgress &progress) {
        while (tried() < settings_.most_candidates && time_for_more(deadline)) {
            const size_t room = settings_.most_candidates - tried();
            std::vector<Point> batch;
            while (batch.size() < std::min(room, batch_size())) {
                const auto point = strategy_->next();
                if (!point) break;
                batch.push_back(*point);
            }
            if (batch.empty()) return;
            trial(); // prepares the problem, which is no part of a candidate's time
            const auto start = Clock::now();
            for (const BuiltCandidate &built : candidates_.build(batch)) {
                built_[space_.configuration(built.point)] = built;
                measure(built, search_request(), "search");
                progress(tried(), best_cost());
            }
            candidate_seconds_ = seconds_since(start) / static_cast<double>(batch.size());
            if (tried() >= kHopeless && ranking().empty()) return;
        }
    }

    /// Measures the best again, until luck has no part in who they are.
    void repeat() {
        for (size_t i = 0; i < kMostRepeats; i++) {
            const auto best = finalists();
            const auto next = std::find_if(best.begin(), best.end(),
                                           [](const Tried *tried) { return tried->measurements.size() < kTimesMeasured; });
            if (next == best.end()) return;
            measure(built((*next)->configuration()), search_request(), "repeat");
        }
    }

    /// Times the best once more, longer and between other inaccessible pages.
    void finals() {
        for (const Tried *finalist : finalists()) {
            if (finals_.count(finalist->configuration()) == 0)
                measure(built(finalist->configuration()), final_request(), "final");
        }
    }

    TunedProblem result() const {
        TunedProblem result = {text_, space_.size(), tried(), {}, "", noise_, {}};
        const Measurement *winner = nullptr, *shown = nullptr;
        for (const auto &[configuration, tried] : tried_) add_failure(tried.measurements.back(), result);
        for (const Tried *finalist : finalists()) {
            const auto final = finals_.find(finalist->configuration());
            if (final == finals_.end()) continue;
            add_failure(final->second, result);
            if (!final->second.measured()) continue;
            const std::string why = why_not_faster(final->second.milliseconds, final->second.default_milliseconds);
            if (!why.empty() && result.why_default.empty()) result.why_default = "the best: " + why;
            if (!shown) shown = &final->second;
            if (why.empty() && (!winner || cost(final->second) < cost(*winner))) winner = &final->second;
        }
        if (winner) result.why_default.clear();
        if (!winner && result.why_default.empty()) result.why_default = "no candidate was faster";
        const auto any = ranking();
        if (any.empty()) throw std::runtime_error(text_ + ": no candidate could be measured: " + first_failure());
        result.entry = winner ? entry(*winner, true) : entry(shown ? *shown : any.front()->measurements.back(), false);
        return result;
    }

private:
    /// What a measurement of this run has in common with all others.
    Measurement blank() const {
        Measurement m;
        m.problem = text_;
        m.target = settings_.target;
        static_cast<Provenance &>(m) = provenance_of(settings_.device, settings_.threads);
        m.signature = space_signature();
        m.compiler = settings_.compiler_fingerprint;
        return m;
    }

    size_t tried() const { return tried_.size(); }
    size_t batch_size() const { return std::min(static_cast<size_t>(settings_.library.jobs) * 2, kMostInBatch); }

    bool time_for_more(std::optional<Clock::time_point> deadline) const {
        if (!deadline || tried() == 0) return true; // some answer is better than none
        const auto trials = static_cast<double>(batch_size() + kFinalists * kTimesMeasured);
        const double needed = candidate_seconds_ * trials + kFinalists * kFinalSeconds;
        return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(needed)) < *deadline;
    }

    TrialRequest search_request() const {
        TrialRequest request;
        request.limits = settings_.limits;
        return request;
    }

    TrialRequest final_request() const {
        TrialRequest request = search_request();
        request.guard_begin = true; // the search guarded the end
        request.least_rounds = 15;
        request.most_rounds = 41;
        request.seconds = 1.5;
        return request;
    }

    TrialProcess &trial() {
        if (!trial_) {
            const std::vector<std::string> command = {settings_.trial, text_,
                                                      "--variant",     kernel_.default_symbol(),
                                                      "--threads",     std::to_string(settings_.threads),
                                                      "--cache",       std::to_string(settings_.cache_bytes),
                                                      "--kernels",     candidates_.build_defaults(problem_)};
            trial_ = std::make_unique<TrialProcess>(command);
        }
        return *trial_;
    }

    /// One trial, to the journal and to the strategy.
    void measure(const BuiltCandidate &built, TrialRequest request, const char *phase) {
        Measurement m = blank();
        m.configuration = space_.configuration(built.point);
        m.phase = phase;
        m.compile_seconds = built.seconds;
        request.library = built.library;
        request.variant = built.symbol;
        const TrialAnswer answer =
            built.library.empty() ? TrialAnswer{built.failure, built.error, {}, {}, {}} : trial().ask(request);
        m.outcome = answer.outcome;
        m.message = answer.message;
        m.milliseconds = answer.milliseconds;
        m.default_milliseconds = answer.default_milliseconds;
        if (m.phase == "final") m.again_milliseconds = answer.again_milliseconds;
        m.time = utc_now();
        journal_.append(m);
        remember(built.point, m);
    }

    void remember(const Point &point, const Measurement &m) {
        if (m.phase == "final") {
            finals_[m.configuration] = m;
            if (const auto found = noise(m)) noise_ = found;
            return;
        }
        Tried &tried = tried_[m.configuration];
        tried.measurements.push_back(m);
        if (tried.measurements.size() == 1)
            strategy_->tell({point, m.measured() ? std::optional<double>(cost(m)) : std::nullopt});
    }

    /// A candidate that was tried, compiled now if that was in an earlier run.
    const BuiltCandidate &built(const std::string &configuration) {
        const auto [entry, is_new] = built_.try_emplace(configuration);
        if (is_new) entry->second = candidates_.build({space_.parse(configuration)}).front();
        return entry->second;
    }

    /// What could be measured, the fastest first.
    std::vector<const Tried *> ranking() const {
        std::vector<const Tried *> best;
        for (const auto &[configuration, tried] : tried_)
            if (tried.measured()) best.push_back(&tried);
        std::sort(best.begin(), best.end(), [](const Tried *a, const Tried *b) { return a->cost() < b->cost(); });
        return best;
    }

    std::vector<const Tried *> finalists() const {
        std::vector<const Tried *> best = ranking();
        const double most = best.empty() ? 1 : std::min(1.0, best.front()->cost() * kFinalistsRange);
        best.erase(std::find_if(best.begin(), best.end(), [&](const Tried *tried) { return tried->cost() > most; }),
                   best.end());
        best.resize(std::min(best.size(), kFinalists));
        return best;
    }

    double best_cost() const {
        const auto best = ranking();
        return best.empty() ? std::numeric_limits<double>::quiet_NaN() : best.front()->cost();
    }

    static void add_failure(const Measurement &m, TunedProblem &result) {
        if (m.measured()) return;
        Failures &failures = result.failures[name_of(m.outcome)];
        if (failures.count++ == 0) failures.first = m.configuration + ": " + m.message;
    }

    std::string first_failure() const {
        return tried_.empty() ? "there was no time for one" : tried_.begin()->second.measurements.front().message;
    }

    TunedEntry entry(const Measurement &m, bool wins) const {
        TunedEntry entry;
        static_cast<Provenance &>(entry) = m;
        entry.problem = text_;
        entry.configuration = wins ? m.configuration : kDefaultConfiguration;
        entry.untuned = timing_of(m.default_milliseconds);
        entry.tuned = wins ? timing_of(m.milliseconds) : entry.untuned;
        entry.rounds = static_cast<int>(m.milliseconds.size());
        entry.date = m.time.substr(0, 10);
        return entry;
    }

    Problem problem_;
    std::string text_;
    const TuneSettings &settings_;
    Journal &journal_;
    MainKernel kernel_;
    Space space_;
    Candidates candidates_;
    std::unique_ptr<Strategy> strategy_;
    std::unique_ptr<TrialProcess> trial_;
    // All by configuration.
    std::map<std::string, BuiltCandidate> built_; ///< in this run
    std::map<std::string, Tried> tried_;
    std::map<std::string, Measurement> finals_;
    double candidate_seconds_ = 1.5;
    std::optional<double> noise_;
};

} // namespace

TunedProblem tune_problem(const Problem &problem, const TuneSettings &settings, std::optional<Clock::time_point> deadline,
                          Journal &journal, const std::vector<Measurement> &known, const TuneProgress &progress) {
    Search search(problem, settings, deadline.has_value(), journal);
    search.recall(known);
    search.run(deadline, progress);
    search.repeat();
    search.finals();
    return search.result();
}

} // namespace normforge
