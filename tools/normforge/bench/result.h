// SPDX-License-Identifier: MIT
// What the benchmark found: one Case per problem, number of threads and temperature. Against a reference (copy, triad,
// floor) a ratio is ours / reference: 1.0 is the limit. Against a peer it is peer / ours: above 1.0 we are faster.
#pragma once

#include "tools/normforge/bench/measure.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge::bench {

struct Case {
    std::string problem; ///< canonical problem string
    std::string op, dtype, layout, epilogue;
    int threads = 0;
    bool cold = false; ///< else warm
    int64_t traffic_bytes = 0;
    size_t slots = 0;
    bool exceeds_cache = false; ///< one round over all slots touches more than twice the last-level cache
    Series ours;
    Series ours_again; ///< the same competitor a second time in every round
    Series baseline;
    Series floor;                    ///< without a name if there is none
    std::vector<Series> peers;       ///< those that could be measured
    std::vector<Series> information; ///< of no competitor: a peer in its own tensor format
    std::string note;

    const char *temperature() const { return cold ? "cold" : "warm"; }
    double gigabytes_per_second() const { return static_cast<double>(traffic_bytes) / ours.median() / 1e6; }
    double to_baseline() const { return ours.median() / baseline.median(); }
    bool has_floor() const { return !floor.name.empty(); }
    double to_floor() const { return ours.median() / floor.median(); } ///< if there is a floor
    bool has_peer() const { return !peers.empty(); }
    const Series &fastest_peer() const; ///< if there is a peer
    double to_peer() const { return fastest_peer().median() / ours.median(); }
    double noise() const; ///< ours against itself, the larger by the smaller median

    /// "forward_train:f32:nchw:2x32x8x8, 2 threads, cold"
    std::string where() const;

    std::vector<const Series *> all_series() const;
    int faulted() const; ///< samples of all competitors thrown away because of page faults
};

nlohmann::json to_json(const Case &result);

/// "1.250": three decimals, below 0.1 as many as three digits take, as a call may last less than a microsecond.
std::string milliseconds_text(double milliseconds);

} // namespace normforge::bench
