// SPDX-License-Identifier: MIT
// Batches of candidates are compiled side by side, then timed one by one with nothing else running.
#include "tools/normforge/tune/problem_tuner.h"

#include "runtime/validate.h"
#include "tools/normforge/common/utc_time.h"
#include "tools/normforge/tune/interrupt.h"
#include "tools/normforge/tune/run_stopped.h"
#include "tools/normforge/tune/versions.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>
#include <stdexcept>

namespace normforge {

namespace {

/// Repeats for one problem: where noise brings up new leaders again and again, it must end.
constexpr size_t kMostRepeats = 24;

/// How many more there will be than the present leaders need, each new leader needing its own.
constexpr double kRepeatsGrow = 1.5;

/// A search learns nothing while a batch is under way.
constexpr size_t kMostInBatch = 8;

/// Rounds of a search, and of a final.
constexpr double kSearchRoundsSeconds = 0.2, kFinalRoundsSeconds = 1.5;
constexpr double kFinalMoreSeconds = kFinalRoundsSeconds - kSearchRoundsSeconds;

/// If the first candidates all fail, the rest will.
constexpr size_t kHopeless = 8;

/// Libraries that are kept for repeats and finals; another is compiled again when it is needed.
constexpr size_t kMostKept = 8;

using Seconds = std::chrono::duration<double>;

/// Adds the time until its end to a mean.
class Stopwatch {
public:
    explicit Stopwatch(MeanSeconds &mean, size_t steps = 1) : mean_(mean), steps_(steps), start_(TuningClock::now()) {}
    ~Stopwatch() {
        mean_.sum += Seconds(TuningClock::now() - start_).count();
        mean_.steps += steps_;
    }
    Stopwatch(const Stopwatch &) = delete;
    Stopwatch &operator=(const Stopwatch &) = delete;

private:
    MeanSeconds &mean_;
    size_t steps_;
    TuningClock::time_point start_;
};

/// Which stores fit may depend on it.
Problem with_threads(Problem problem, int threads) {
    problem.description.threads = threads;
    return problem;
}

double tensor_bytes(const Problem &problem) {
    CheckedProblem checked;
    const Status status = check_description(problem.description, checked);
    if (status.failed()) throw std::runtime_error(status.text);
    return static_cast<double>(checked.bytes);
}

/// Whether a candidate failed by chance, or for limits that are larger now.
bool may_succeed_now(const Measurement &m, const TrialLimits &now) {
    return m.outcome == Outcome::disturbed || (m.outcome == Outcome::timeout && m.timeout_seconds < now.timeout_seconds) ||
           (m.outcome == Outcome::memory && m.memory_bytes < static_cast<double>(now.memory_bytes));
}

TrialRequest search_request() {
    TrialRequest request;
    request.seconds = kSearchRoundsSeconds;
    return request;
}

TrialRequest final_request() {
    TrialRequest request;
    request.guard_begin = true; // the search guarded the end
    request.least_rounds = 15;
    request.most_rounds = 41;
    request.seconds = kFinalRoundsSeconds;
    return request;
}

} // namespace

ProblemTuner::ProblemTuner(const Problem &problem, int count, const TuneSettings &settings, Journal &journal,
                           TimingLock &machine, Progress progress)
    : problem_(with_threads(problem, settings.threads)),
      text_(to_string(problem)),
      count_(count),
      settings_(settings),
      journal_(journal),
      machine_(machine),
      progress_(std::move(progress)),
      kernel_(main_kernel(problem_, settings.target)),
      space_(kernel_.space()),
      candidates_(kernel_, space_, settings.library, settings.end),
      strategy_(settings.most_candidates < space_.size() || settings.end ? make_local_search(space_, settings.seed)
                                                                         : make_exhaustive(space_)) {}

void ProblemTuner::recall(const std::vector<Measurement> &known) {
    const Measurement mine = blank();
    for (const Measurement &one : known) {
        const auto key = [](const Measurement &m) {
            return std::tuple_cat(std::tie(m.problem, m.target, m.device, m.threads, m.signature, m.compiler),
                                  versions_of(m));
        };
        if (key(one) != key(mine) || may_succeed_now(one, settings_.limits)) continue;
        try {
            remember(space_.parse(one.configuration), one);
        } catch (const std::invalid_argument &) { // of another choice of stores: no candidate of this space
        }
    }
}

void ProblemTuner::propose(const std::vector<std::string> &configurations) {
    for (const std::string &configuration : configurations) {
        try {
            const Point point = space_.parse(configuration);
            const bool known = standings_.was_tried(space_.configuration(point));
            if (!known && std::find(proposals_.begin(), proposals_.end(), point) == proposals_.end())
                proposals_.push_back(point);
        } catch (const std::invalid_argument &) { // the default kernel, or of a shape where other stores fit
        }
    }
}

Outlook ProblemTuner::outlook() const {
    Outlook outlook;
    outlook.tried = standings_.tried();
    outlook.left = left();
    outlook.worth = count_ * standings_.default_milliseconds();
    outlook.bytes = tensor_bytes(problem_);
    outlook.first_seconds = defaults_seconds_.value();
    outlook.prepare_seconds = prepare_seconds_.value();
    outlook.candidate_seconds = candidate_seconds_.value();
    const double trial = search_trial_seconds_.value();
    outlook.finish_seconds = static_cast<double>(standings_.repeats_left()) * kRepeatsGrow * trial +
                             static_cast<double>(standings_.finals_left()) * (trial + kFinalMoreSeconds);
    return outlook;
}

void ProblemTuner::search(size_t candidates, Deadline end) {
    const size_t most = standings_.tried() + std::min(candidates, left());
    while (standings_.tried() < most && left() > 0) {
        const size_t size = batch_size(most - standings_.tried(), end);
        if (size == 0) return;
        const auto alone = machine_.take(end);
        if (!alone) return;
        const std::vector<Point> batch = next_batch(size);
        if (batch.empty()) return;
        if (!prepare()) return; // which is no part of a candidate's time
        run_batch(batch);
    }
}

void ProblemTuner::finish(Deadline end) {
    if (standings_.repeats_left() + standings_.finals_left() == 0) return;
    const double preparing = trial_ ? 0 : prepare_seconds_.value();
    if (!time_for(preparing + trial_seconds(standings_.finalists().front()) + kFinalMoreSeconds, end)) return;
    const auto alone = machine_.take(end);
    if (!alone || !prepare()) return;
    for (size_t i = 0; i < kMostRepeats; i++) { // until luck has no part in who the best are
        const auto next = standings_.to_repeat();
        if (!next) break;
        const double finals = static_cast<double>(standings_.finals_left()) * (trial_seconds(*next) + kFinalMoreSeconds);
        if (!time_for(trial_seconds(*next) + finals, end) || !measure(built(*next), search_request(), "repeat")) break;
    }
    while (const auto next = standings_.next_final()) { // longer, and between other inaccessible pages
        if (!time_for(trial_seconds(*next) + kFinalMoreSeconds, end)) break;
        if (!measure(built(*next), final_request(), "final")) break;
    }
}

TunedProblem ProblemTuner::result() const {
    TunedProblem result;
    result.problem = text_;
    result.space = space_.size();
    result.untried_proposals = proposals_.size();
    result.noise = noise_;
    standings_.decide(result);
    return result;
}

/// Candidates that may still be tried: what databases have in any case.
size_t ProblemTuner::left() const {
    const size_t tried = standings_.tried(), most = std::min(settings_.most_candidates, space_.size());
    if (exhausted_ || (tried >= kHopeless && !standings_.best_cost())) return 0;
    return std::max(most - std::min(most, tried), proposals_.size());
}

/// As many as can be compiled and timed by then; the first time there is no telling.
size_t ProblemTuner::batch_size(size_t most, Deadline end) const {
    size_t size = std::min({static_cast<size_t>(settings_.library.jobs) * 2, kMostInBatch, most});
    const double preparing = trial_ ? 0 : prepare_seconds_.value();
    while (size > 0 && !time_for(preparing + static_cast<double>(size) * candidate_seconds_.value(), end)) size--;
    return size;
}

/// The default, what databases have, then what the search proposes.
std::vector<Point> ProblemTuner::next_batch(size_t most) {
    std::vector<Point> batch;
    const auto add = [&](const Point &point) {
        if (batch.size() < most && std::find(batch.begin(), batch.end(), point) == batch.end()) batch.push_back(point);
    };
    const Point standard = space_.default_point();
    if (!standings_.was_tried(space_.configuration(standard))) add(standard);
    for (const Point &point : proposals_) add(point);
    while (batch.size() < most) {
        const auto point = strategy_->next();
        if (!point) break;
        add(*point);
    }
    exhausted_ = batch.size() < most;
    return batch;
}

void ProblemTuner::run_batch(const std::vector<Point> &batch) {
    const Stopwatch stopwatch(candidate_seconds_, batch.size());
    for (const BuiltCandidate &built : candidates_.build(batch)) {
        built_[space_.configuration(built.point)] = built;
        const Stopwatch trial(search_trial_seconds_);
        if (!measure(built, search_request(), "search")) break;
    }
    discard_slow_ones();
}

bool ProblemTuner::time_for(double seconds, Deadline end) const {
    return !end || TuningClock::now() + std::chrono::duration_cast<TuningClock::duration>(Seconds(seconds)) < *end;
}

/// What one trial of the search's length takes.
double ProblemTuner::trial_seconds(const std::string &configuration) const {
    return built_.count(configuration) ? search_trial_seconds_.value() : candidate_seconds_.value();
}

/// Returns false if the run's end came first.
bool ProblemTuner::prepare() try {
    if (trial_) return true;
    if (defaults_.empty()) {
        const Stopwatch stopwatch(defaults_seconds_);
        defaults_ = candidates_.build_defaults(problem_);
    }
    const Stopwatch stopwatch(prepare_seconds_);
    const std::vector<std::string> command = {settings_.trial, text_,
                                              "--variant",     kernel_.default_symbol(),
                                              "--threads",     std::to_string(settings_.threads),
                                              "--cache",       std::to_string(settings_.cache_bytes),
                                              "--kernels",     defaults_};
    trial_ = std::make_unique<TrialProcess>(command, settings_.end);
    return true;
} catch (const OutOfTime &) {
    return false;
}

/// One trial, to the journal and to the strategy. Returns false if the run's end came first.
bool ProblemTuner::measure(const BuiltCandidate &built, TrialRequest request, const char *phase) {
    request.limits = settings_.limits;
    if (settings_.end) {
        const double left = Seconds(*settings_.end - TuningClock::now()).count();
        if (left <= 0) return false;
        request.limits.timeout_seconds = std::min(request.limits.timeout_seconds, left);
    }
    request.library = built.library;
    request.variant = built.symbol;
    const TrialAnswer answer =
        built.library.empty() ? TrialAnswer{built.failure, built.error, {}, {}, {}} : trial_->ask(request);
    if (answer.outcome == Outcome::timeout && request.limits.timeout_seconds < settings_.limits.timeout_seconds)
        return false;
    Measurement m = blank();
    m.configuration = space_.configuration(built.point);
    m.phase = phase;
    m.compile_seconds = built.seconds;
    m.outcome = answer.outcome;
    m.message = answer.message;
    m.milliseconds = answer.milliseconds;
    m.default_milliseconds = answer.default_milliseconds;
    if (m.phase == "final") m.again_milliseconds = answer.again_milliseconds;
    m.timeout_seconds = settings_.limits.timeout_seconds;
    m.memory_bytes = static_cast<double>(settings_.limits.memory_bytes);
    m.time = utc_now();
    try {
        journal_.append(m);
    } catch (const std::runtime_error &error) {
        throw RunStopped(error.what());
    }
    remember(built.point, m);
    progress_(*this);
    return true;
}

void ProblemTuner::remember(const Point &point, const Measurement &m) {
    if (const auto found = noise(m)) noise_ = found;
    proposals_.erase(std::remove(proposals_.begin(), proposals_.end(), point), proposals_.end());
    if (standings_.add(m)) strategy_->tell({point, m.measured() ? std::optional<double>(cost(m)) : std::nullopt});
}

/// A candidate that was tried, compiled now if that was in an earlier run or long ago.
const BuiltCandidate &ProblemTuner::built(const std::string &configuration) {
    const auto [entry, is_new] = built_.try_emplace(configuration);
    if (is_new) entry->second = candidates_.build({space_.parse(configuration)}).front();
    return entry->second;
}

void ProblemTuner::discard_slow_ones() {
    const std::vector<std::string> best = standings_.ranking();
    const std::set<std::string> kept(best.begin(), best.begin() + static_cast<long>(std::min(best.size(), kMostKept)));
    for (auto one = built_.begin(); one != built_.end();) {
        if (kept.count(one->first)) {
            ++one;
            continue;
        }
        candidates_.discard(one->second);
        one = built_.erase(one);
    }
}

/// What a measurement of this run has in common with all others.
Measurement ProblemTuner::blank() const {
    Measurement m;
    m.problem = text_;
    m.target = settings_.target;
    static_cast<Provenance &>(m) = provenance_of(settings_.device, settings_.threads);
    m.signature = space_signature();
    m.compiler = settings_.compiler_fingerprint;
    return m;
}

} // namespace normforge
