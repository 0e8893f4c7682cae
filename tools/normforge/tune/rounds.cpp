// SPDX-License-Identifier: MIT
// With an end: a first turn for each problem, then turns for those where time is worth most, then the finals, and turns
// again as long as these leave time. What finals will take is kept back all the time.
#include "tools/normforge/tune/rounds.h"

#include "tools/normforge/common/command_line.h"
#include "tools/normforge/tune/run_stopped.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace normforge {

namespace {

/// Of the first turn: as many as a space has seeds at most; and of any turn at least.
constexpr size_t kCandidatesOfTurn = 8;

/// Fewer do not pay for a turn, unless there are no more.
constexpr size_t kFewestOfTurn = 4;

/// Seconds of searching for each second of preparing: a turn is a fifth overhead at most.
constexpr double kSearchPerPreparing = 4;

/// What is known of seconds is a mean, and the next may take longer.
constexpr double kMargin = 1.15;

/// Before anything was measured: small tensors on two cores.
constexpr double kUnknownFirstSeconds = 1, kUnknownPrepareSeconds = 0.5, kUnknownCandidateSeconds = 0.5,
                 kUnknownFinishSeconds = 6;

bool had_turn(const Outlook &outlook) {
    return outlook.prepare_seconds > 0 && outlook.candidate_seconds > 0;
}

/// How much more some time is worth that makes n candidates of `tried` ones: each finds less than the one before.
double gain(const Outlook &outlook, size_t n) {
    return outlook.worth * static_cast<double>(n) / static_cast<double>(outlook.tried + n);
}

} // namespace

Rounds::Rounds(std::vector<std::unique_ptr<Contestant>> contestants, Deadline end, RoundsEvents events, Now now)
    : contestants_(std::move(contestants)), end_(end), events_(std::move(events)), now_(std::move(now)) {
    for (const auto &contestant : contestants_) outlooks_.push_back(contestant->outlook());
}

void Rounds::run() {
    if (end_) {
        first_turns();
        do {
            while (one_more_turn()) {}
        } while (finish_one());
        return;
    }
    for (size_t i = 0; i < contestants_.size(); i++) {
        turn(i, outlooks_[i].left, end_);
        finish(i, end_);
    }
}

std::optional<double> Rounds::seconds_left() const {
    if (end_) return std::max(0.0, until_end());
    double seconds = 0;
    bool known = false;
    for (size_t i = 0; i < contestants_.size(); i++) {
        if (!contestants_[i]) continue;
        const Outlook outlook = guess(i);
        known |= had_turn(contestants_[i]->outlook());
        seconds += static_cast<double>(outlook.left) * outlook.candidate_seconds + outlook.finish_seconds;
        if (prepared_ != i) seconds += outlook.prepare_seconds;
        if (!had_turn(outlooks_[i])) seconds += outlook.first_seconds;
    }
    return known ? std::optional(seconds) : std::nullopt;
}

double Rounds::until_end() const {
    return std::chrono::duration<double>(*end_ - now_()).count();
}

TuningClock::time_point Rounds::after(double seconds) const {
    return std::min(*end_,
                    now_() + std::chrono::duration_cast<TuningClock::duration>(std::chrono::duration<double>(seconds)));
}

/// What a problem knows of itself; before its first turn what the one nearest in size took, and more if it is larger.
Outlook Rounds::guess(size_t i) const {
    Outlook outlook = contestants_[i]->outlook();
    if (had_turn(outlook)) return outlook;
    std::optional<Outlook> nearest;
    const auto distance = [&](const Outlook &other) { return std::abs(std::log(other.bytes / outlook.bytes)); };
    for (size_t k = 0; k < outlooks_.size(); k++) {
        const Outlook other = prepared_ == k ? contestants_[k]->outlook() : outlooks_[k]; // its turn may still go on
        if (had_turn(other) && (!nearest || distance(other) < distance(*nearest))) nearest = other;
    }
    const double larger = nearest ? std::max(1.0, outlook.bytes / nearest->bytes) : 1;
    outlook.first_seconds = nearest ? nearest->first_seconds : kUnknownFirstSeconds;
    outlook.prepare_seconds = larger * (nearest ? nearest->prepare_seconds : kUnknownPrepareSeconds);
    outlook.candidate_seconds = larger * (nearest ? nearest->candidate_seconds : kUnknownCandidateSeconds);
    outlook.finish_seconds = larger * (nearest ? nearest->finish_seconds : kUnknownFinishSeconds);
    return outlook;
}

/// Seconds that the finals will take.
double Rounds::reserve(size_t i) const {
    if (!contestants_[i] || !had_turn(outlooks_[i]) || outlooks_[i].finish_seconds == 0) return 0;
    return kMargin * (outlooks_[i].prepare_seconds + outlooks_[i].finish_seconds);
}

double Rounds::reserves() const {
    double sum = 0;
    for (size_t i = 0; i < contestants_.size(); i++) sum += reserve(i);
    return sum;
}

/// Runs a part of a problem's turn.
void Rounds::attempt(size_t i, const std::function<void(Contestant &)> &part) {
    if (prepared_ && prepared_ != i) contestants_[*prepared_]->release();
    prepared_ = i;
    try {
        part(*contestants_[i]);
        outlooks_[i] = contestants_[i]->outlook();
    } catch (const Interrupted &) {
        throw;
    } catch (const RunStopped &) {
        throw;
    } catch (const std::exception &error) { // the other problems may still be tuned
        close(i);
        events_.failed(i, error);
    }
}

void Rounds::turn(size_t i, size_t candidates, Deadline end) {
    if (candidates > 0) attempt(i, [&](Contestant &contestant) { contestant.search(candidates, end); });
}

void Rounds::finish(size_t i, Deadline end) {
    if (!contestants_[i]) return; // it failed
    attempt(i, [&](Contestant &contestant) {
        contestant.finish(end);
        events_.done(i);
    });
    close(i);
}

void Rounds::close(size_t i) {
    contestants_[i].reset();
    if (prepared_ == i) prepared_.reset();
}

/// Small tensors first: what they take tells what larger ones will, and what they leave of their shares the larger ones
/// need.
void Rounds::first_turns() {
    std::vector<size_t> order(contestants_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](size_t a, size_t b) { return outlooks_[a].bytes < outlooks_[b].bytes; });
    for (size_t waiting = order.size(); waiting > 0; waiting--) {
        const size_t i = order[order.size() - waiting];
        const Outlook before = guess(i);
        const double fewest = before.candidate_seconds * static_cast<double>(std::min(kFewestOfTurn, before.left));
        const double least = before.first_seconds + before.prepare_seconds + fewest, free = until_end() - reserves();
        if (free < least) { // another, smaller one may still fit
            finish(i, now_());
            continue;
        }
        const double share = std::max(least, free / static_cast<double>(waiting));
        const auto end = after(share);
        turn(i, std::min(kCandidatesOfTurn, before.left), after(std::max(least, share - before.finish_seconds)));
        if (!contestants_[i]) continue;
        // Being prepared anew pays only if there is time for more candidates then.
        const Outlook &now = outlooks_[i];
        const double more = now.candidate_seconds * static_cast<double>(std::min(kFewestOfTurn, now.left));
        const bool comes_back = now.left > 0 && after(reserve(i) + now.prepare_seconds + more) < end;
        if (comes_back) continue;
        const double others = reserves() - reserve(i);
        finish(i, std::max(end, after(std::min(kMargin * now.finish_seconds, until_end() - others))));
    }
}

/// Gives a turn to the problem where a second gains most. Returns false if there is no time for any.
bool Rounds::one_more_turn() {
    const double free = until_end() - reserves();
    double most = -1;
    size_t chosen = 0, candidates = 0;
    for (size_t i = 0; i < contestants_.size(); i++) {
        if (!contestants_[i] || outlooks_[i].left == 0) continue;
        const bool is_new = !had_turn(outlooks_[i]); // it got no batch in its first turn: now it is first
        const Outlook outlook = guess(i);
        const double preparing = prepared_ == i && !is_new ? 0 : outlook.prepare_seconds;
        const double each = kMargin * outlook.candidate_seconds;
        const double kept = is_new ? outlook.first_seconds + kMargin * outlook.finish_seconds : 0;
        const double affordable = std::max(0.0, (free - kept - preparing) / each);
        const double worthwhile = std::max<double>(kCandidatesOfTurn, kSearchPerPreparing * outlook.prepare_seconds / each);
        const size_t n = std::min(outlook.left, static_cast<size_t>(std::min(affordable, worthwhile)));
        if (n < std::min(kFewestOfTurn, outlook.left)) continue;
        const double value = is_new ? std::numeric_limits<double>::infinity()
                                    : gain(outlook, n) / (preparing + static_cast<double>(n) * each);
        if (value > most) most = value, chosen = i, candidates = n;
    }
    if (candidates == 0) return false;
    const size_t before = outlooks_[chosen].tried;
    turn(chosen, candidates, after(free));
    if (contestants_[chosen] && outlooks_[chosen].tried == before) // no batch fitted, nor will the next
        finish(chosen, after(reserve(chosen)));
    return true;
}

/// The one that is still prepared, or the first. What its finals leave of what was kept back is free for turns of others.
/// Returns false if all are over.
bool Rounds::finish_one() {
    size_t i = prepared_.value_or(0);
    while (i < contestants_.size() && !contestants_[i]) i++;
    if (i == contestants_.size()) return false;
    finish(i, after(until_end() * reserve(i) / std::max(reserves(), 1e-9)));
    return true;
}

} // namespace normforge
