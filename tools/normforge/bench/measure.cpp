// SPDX-License-Identifier: MIT
// The timing loop. A time counts only if its calls took no page fault, follows an untimed call of the same competitor, and
// begins after the spinning workers of the competitor before have gone to sleep.
#include "tools/normforge/bench/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <sys/resource.h>
#include <thread>

namespace normforge::bench {

namespace {

using Clock = std::chrono::steady_clock;

/// libgomp's workers spin for some 300 000 pause instructions after a parallel region, 5 to 15 ms by processor, and would
/// take a core from whoever runs next.
constexpr auto kSpinningWorkersSleep = std::chrono::milliseconds(20);

/// After such a pause a virtual machine's other CPUs are halted: for some milliseconds it takes 50 us to wake a worker,
/// until the system keeps them polling. Threads that sleep between calls would be timed at half their speed, so each
/// competitor first works for so long.
constexpr double kCpusWakeMs = 5;

/// Calls shorter than this are timed several at once: the clock and a stray interrupt would weigh too much.
constexpr double kShortestSampleMs = 0.2;
constexpr int kMostCallsPerSample = 256;

/// How often a disturbed sample is taken within one round, and after what time it is not taken again.
constexpr int kMostAttempts = 5;
constexpr double kLongestAttemptsMs = 50;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// What has disturbed this process so far, over all its threads.
struct Disturbance {
    long page_faults;
    long preemptions;
};

Disturbance disturbance() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {usage.ru_minflt + usage.ru_majflt, usage.ru_nivcsw};
}

/// Hands out slots in turn, over all competitors: each call finds the slot that was touched longest ago.
class SlotRing {
public:
    explicit SlotRing(size_t slots) : slots_(slots) {}
    size_t next() { return next_++ % slots_; }

private:
    size_t slots_;
    size_t next_ = 0;
};

void let_workers_sleep(const Competitor &competitor) {
    if (competitor.spins_afterwards()) std::this_thread::sleep_for(kSpinningWorkersSleep);
}

/// Calls per timed sample.
int calls_per_sample(Competitor &competitor, SlotRing &ring) {
    const auto start = Clock::now();
    competitor.run(ring.next());
    const double per_call = milliseconds_since(start);
    let_workers_sleep(competitor);
    return static_cast<int>(std::clamp(std::ceil(kShortestSampleMs / per_call), 1.0, double{kMostCallsPerSample}));
}

/// One timed sample. A competitor whose threads wait for each other loses a whole time slice when one of them is preempted,
/// so a sample without preemption is tried for; if there is none, the fastest counts. Nothing counts with page faults.
void sample(Competitor &competitor, int calls, double untimed_ms, SlotRing &ring, Series &series) {
    double fastest = std::numeric_limits<double>::infinity();
    bool preempted = true;
    const auto awake = Clock::now();
    do competitor.run(ring.next());
    while (!competitor.spins_afterwards() && milliseconds_since(awake) < untimed_ms);
    const auto begin = Clock::now();
    for (int attempt = 0; attempt < kMostAttempts && preempted; attempt++) {
        if (attempt > 0 && milliseconds_since(begin) > kLongestAttemptsMs) break;
        const Disturbance before = disturbance();
        const auto start = Clock::now();
        for (int call = 0; call < calls; call++) competitor.run(ring.next());
        const double milliseconds = milliseconds_since(start) / calls;
        const Disturbance after = disturbance();
        if (after.page_faults != before.page_faults) {
            series.faulted++;
            series.page_faults += after.page_faults - before.page_faults;
            continue;
        }
        preempted = after.preemptions != before.preemptions;
        fastest = preempted ? std::min(fastest, milliseconds) : milliseconds;
    }
    if (std::isfinite(fastest)) {
        series.milliseconds.push_back(fastest);
        series.preempted += preempted;
    }
    let_workers_sleep(competitor);
}

} // namespace

double Series::quantile(double fraction) const {
    if (milliseconds.empty()) return std::nan("");
    std::vector<double> sorted = milliseconds;
    std::sort(sorted.begin(), sorted.end());
    const double position = fraction * static_cast<double>(sorted.size() - 1);
    const auto below = static_cast<size_t>(position);
    const size_t above = std::min(below + 1, sorted.size() - 1);
    return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

void touch(Competitor &competitor, size_t slots) {
    for (size_t slot = 0; slot < slots; slot++) competitor.run(slot);
    let_workers_sleep(competitor);
}

std::vector<Series> measure(const std::vector<Competitor *> &competitors, size_t slots, const Rounds &rounds) {
    std::vector<Series> series;
    std::vector<int> calls;
    std::vector<double> used(competitors.size(), 0.0); // milliseconds
    SlotRing ring(slots);
    const bool pauses =
        std::any_of(competitors.begin(), competitors.end(), [](const Competitor *one) { return one->spins_afterwards(); });
    const double untimed_ms = pauses ? kCpusWakeMs : 0; // one call at least
    for (Competitor *competitor : competitors) {
        series.push_back({competitor->name(), competitor->implementation(), {}, 0, 0, 0});
        calls.push_back(calls_per_sample(*competitor, ring));
    }
    const int least = rounds.fixed > 0 ? rounds.fixed : rounds.least;
    const int most = rounds.fixed > 0 ? rounds.fixed : rounds.most;
    const auto start = Clock::now();
    for (int round = 0; round < most; round++) {
        if (round >= least && milliseconds_since(start) > rounds.seconds * 1000) break;
        for (size_t turn = 0; turn < competitors.size(); turn++) {
            const size_t index = (static_cast<size_t>(round) + turn) % competitors.size(); // nobody always goes first
            const bool enough =
                series[index].milliseconds.size() >= rounds.enough && used[index] > rounds.seconds_each * 1000;
            if (enough && rounds.fixed == 0) continue;
            const auto begin = Clock::now();
            sample(*competitors[index], calls[index], untimed_ms, ring, series[index]);
            used[index] += milliseconds_since(begin);
        }
    }
    return series;
}

} // namespace normforge::bench
