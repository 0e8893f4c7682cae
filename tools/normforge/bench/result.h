// SPDX-License-Identifier: MIT
// What the benchmark found: one Case per problem, ratios in one direction each, summaries over cases, and their JSON form.
// Against a reference (copy, triad) a ratio is ours / reference: 1.0 is the limit. Against a peer it is peer / ours: above
// 1.0 we are faster.
#pragma once

#include "tools/normforge/bench/measure.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge::bench {

struct Case {
    std::string problem; ///< canonical problem string
    std::string op;
    std::string layout;
    std::string epilogue;
    int64_t traffic_bytes = 0;
    size_t slots = 0;
    bool cold = false;
    Series ours;
    Series ours_again; ///< the same competitor a second time in every round
    Series baseline;
    Series peer; ///< without a name if no peer was measured

    double gigabytes_per_second() const { return static_cast<double>(traffic_bytes) / ours.median() / 1e6; }
    double to_baseline() const { return ours.median() / baseline.median(); }
    bool has_peer() const { return !peer.name.empty(); }
    double to_peer() const { return peer.median() / ours.median(); }
    double noise() const; ///< ours against itself, the larger by the smaller median

    std::vector<const Series *> all_series() const;

    /// Every series has at least one time that counts.
    bool complete() const;
};

/// The lines after the table: geometric means over all cases and by op, layout and epilogue, the worst case, the noise.
std::string summarise(const std::vector<Case> &cases);

nlohmann::json to_json(const std::vector<Case> &cases);

} // namespace normforge::bench
