// SPDX-License-Identifier: MIT
// What the GPU benchmark found, as numbers, as JSON and as tables. Against the copy a ratio is ours / copy: 1.0 is what a
// kernel without a cache can reach. Against a peer it is peer / ours: above 1.0 we are faster.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace normforge::gpu_check {

/// One execution: time on the device, and how long the CPU took to launch it.
struct Sample {
    double ms, launch_ms;
};

/// One competitor's samples of one case and temperature.
struct Series {
    std::string name;
    std::vector<Sample> samples;

    double median() const { return quantile(0.5); }
    double quantile(double share) const; ///< of the times on the device
    /// Half the distance between the quartiles, as a share of the median.
    double spread() const;
    double launch_median() const;
};

/// What was measured with a cold cache, or with a warm one.
struct Temperature {
    Series ours, copy;
    std::vector<Series> peers;

    bool measured() const { return !ours.samples.empty(); }
    double to_copy() const { return ours.median() / copy.median(); }
    double to_peer(const Series &peer) const { return peer.median() / ours.median(); }
    const Series *best_peer() const; ///< null if there is none
};

/// A peer that is not timed.
struct Absent {
    std::string name, why;
    bool differs = false; ///< it ran, but computed something else than ours
};

struct Case {
    std::string problem, op, variant;
    int64_t tensor_bytes = 0;
    int tensors = 0; ///< that two sweeps without a cache move: what the copy moves as well
    Temperature cold, warm;
    std::vector<Absent> absent;
    std::string why_not; ///< why nothing was measured; empty if all was

    bool measured() const { return cold.measured() && warm.measured(); }
};

/// Tensors moved without a cache: 3 forward (x twice, y), 5 backward (x and dy twice, dx). With a residual one more forward;
/// backward then reads y once and dresidual, which it wrote, instead of dy the second time: 7. Inference: 2, or 3.
int tensors_without_cache(const std::string &op, bool with_residual);

nlohmann::json to_json(const Case &result);

/// A line per case: times with spread, ratios to the copy and to the best peer. Ends with a newline.
std::string times_table(const std::vector<Case> &cases);

/// A line per case, a column per peer: peer / ours with a cold cache, "not offered", or "differs". "" without peers.
std::string peers_table(const std::vector<Case> &cases);

/// Geometric means, the worst case, how often the targets of docs/gpu.md are met; then each reason why a peer was absent,
/// once.
std::string summary_text(const std::vector<Case> &cases);

} // namespace normforge::gpu_check
