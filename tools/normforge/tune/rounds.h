// SPDX-License-Identifier: MIT
// Who has the machine next: shares the time of a run among its problems. It knows nothing of kernels, and its clock is an
// argument, so that tests need not wait. The rules: docs/tuning.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace normforge {

using TuningClock = std::chrono::steady_clock;
using Deadline = std::optional<TuningClock::time_point>;

/// What a problem will take and what it is worth, as far as it knows by now. Seconds are guesses until it had a turn.
struct Outlook {
    size_t tried = 0;             ///< candidates
    size_t left = 0;              ///< that may still be tried
    double worth = 0;             ///< what a percent of its time saves: milliseconds of the default times the count of calls
    double bytes = 1;             ///< of its tensors, which preparing it grows with
    double first_seconds = 0;     ///< before its first turn, besides
    double prepare_seconds = 0;   ///< before a turn, unless it is still prepared; 0 if it never was
    double candidate_seconds = 0; ///< compiled, checked and timed; 0 if none was
    double finish_seconds = 0;    ///< repeats and finals, once it is prepared
};

/// A problem in the run.
class Contestant {
public:
    virtual ~Contestant() = default;
    virtual Outlook outlook() const = 0;

    /// Tries up to so many more candidates, in batches; begins no batch that cannot end in time. It may end up with none,
    /// and stays prepared.
    virtual void search(size_t candidates, Deadline end) = 0;

    /// Repeats and finals, as many as there is time for. It has no turn after that.
    virtual void finish(Deadline end) = 0;

    /// Gives back what being prepared takes: another has its turn.
    virtual void release() = 0;
};

/// Told what became of a problem, by its number.
struct RoundsEvents {
    std::function<void(size_t)> done; ///< also of a problem that there was no time for
    std::function<void(size_t, const std::exception &)> failed;
};

class Rounds {
public:
    using Now = std::function<TuningClock::time_point()>;

    /// Without an end each problem has all candidates that may be tried, one problem after the other.
    Rounds(std::vector<std::unique_ptr<Contestant>> contestants, Deadline end, RoundsEvents events,
           Now now = TuningClock::now);

    /// Throws what a contestant throws, if that is Interrupted or RunStopped: any other exception ends that problem only.
    void run();

    /// Until the end or, without one, what the problems will take if they all are like those so far; nothing as long as
    /// there is no telling.
    std::optional<double> seconds_left() const;

private:
    double until_end() const;
    TuningClock::time_point after(double seconds) const;
    Outlook guess(size_t i) const;
    double reserve(size_t i) const;
    double reserves() const;
    void attempt(size_t i, const std::function<void(Contestant &)> &part);
    void turn(size_t i, size_t candidates, Deadline end);
    void finish(size_t i, Deadline end);
    void close(size_t i);
    void first_turns();
    bool one_more_turn();
    bool finish_one();

    std::vector<std::unique_ptr<Contestant>> contestants_; ///< null once it is over
    std::vector<Outlook> outlooks_;                        ///< after its last turn
    Deadline end_;
    RoundsEvents events_;
    Now now_;
    std::optional<size_t> prepared_; ///< whose turn was the last
};

} // namespace normforge
