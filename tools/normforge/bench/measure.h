// SPDX-License-Identifier: MIT
// Interleaved timing: every round runs every competitor once, so that what the machine does meanwhile hits all of them.
#pragma once

#include "tools/normforge/bench/competitor.h"

#include <cstdint>
#include <vector>

namespace normforge::bench {

/// How many rounds: `fixed` if that is not 0, else until `seconds` have passed, within [least, most]. A competitor that has
/// `enough` samples sits out the rounds after it used `seconds_each`, so that a slow one costs no minutes.
struct Rounds {
    int fixed = 0;
    int least = 5;
    int most = 21;
    double seconds = 0.5;
    size_t enough = 3;
    double seconds_each = 0.25;
};

/// What was measured of one competitor.
struct Series {
    std::string name;
    std::string implementation;
    std::vector<double> milliseconds; ///< of one call each, in the order of rounds; only calls without a page fault
    int faulted = 0;                  ///< samples thrown away because of page faults
    long page_faults = 0;             ///< in those
    int preempted = 0;                ///< samples that count although another process took a core away meanwhile

    double least() const { return quantile(0); }
    double most() const { return quantile(1); }
    double median() const { return quantile(0.5); }
    double quantile(double fraction) const; ///< linear between neighbours; NaN if nothing counted
};

/// Times the competitors on the first `slots` slots in turn; one that appears twice gets two series, whose difference is the
/// noise. Each must have run on each of these slots before.
std::vector<Series> measure(const std::vector<Competitor *> &competitors, size_t slots, const Rounds &rounds);

/// Runs a competitor on every slot, so that memory it allocated itself is touched.
void touch(Competitor &competitor, size_t slots);

} // namespace normforge::bench
