// SPDX-License-Identifier: MIT
// One case: ratios, JSON and times as text.
#include "tools/normforge/bench/result.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

namespace normforge::bench {

namespace {

nlohmann::json to_json(const Series &series) {
    return {{"name", series.name},
            {"implementation", series.implementation},
            {"least_ms", series.least()},
            {"median_ms", series.median()},
            {"most_ms", series.most()},
            {"thrown_away_for_page_faults", series.faulted},
            {"page_faults_in_those", series.page_faults},
            {"counted_though_preempted", series.preempted},
            {"milliseconds", series.milliseconds}};
}

nlohmann::json to_json(const std::vector<Series> &list) {
    nlohmann::json entries = nlohmann::json::array();
    for (const auto &series : list) entries.push_back(to_json(series));
    return entries;
}

} // namespace

const Series &Case::fastest_peer() const {
    return *std::min_element(peers.begin(), peers.end(),
                             [](const Series &a, const Series &b) { return a.median() < b.median(); });
}

double Case::noise() const {
    const auto [least, most] = std::minmax({ours.median(), ours_again.median()});
    return most / least;
}

std::string Case::where() const {
    return fmt::format("{}, {} thread{}, {}", problem, threads, threads == 1 ? "" : "s", temperature());
}

std::vector<const Series *> Case::all_series() const {
    std::vector<const Series *> all = {&ours, &ours_again, &baseline};
    if (has_floor()) all.push_back(&floor);
    for (const auto *list : {&peers, &information}) {
        for (const auto &series : *list) all.push_back(&series);
    }
    return all;
}

int Case::faulted() const {
    const auto all = all_series();
    return std::accumulate(all.begin(), all.end(), 0, [](int sum, const Series *series) { return sum + series->faulted; });
}

nlohmann::json to_json(const Case &result) {
    nlohmann::json entry = {{"problem", result.problem},
                            {"op", result.op},
                            {"dtype", result.dtype},
                            {"layout", result.layout},
                            {"epilogue", result.epilogue},
                            {"threads", result.threads},
                            {"temperature", result.temperature()},
                            {"traffic_bytes", result.traffic_bytes},
                            {"slots", result.slots},
                            {"exceeds_cache", result.exceeds_cache},
                            {"gigabytes_per_second", result.gigabytes_per_second()},
                            {"ours_to_baseline", result.to_baseline()},
                            {"noise", result.noise()},
                            {"note", result.note},
                            {"ours", to_json(result.ours)},
                            {"ours_again", to_json(result.ours_again)},
                            {"baseline", to_json(result.baseline)},
                            {"peers", to_json(result.peers)},
                            {"information", to_json(result.information)}};
    if (result.has_floor()) {
        entry["floor"] = to_json(result.floor);
        entry["ours_to_floor"] = result.to_floor();
    }
    if (result.has_peer()) {
        entry["fastest_peer"] = result.fastest_peer().name;
        entry["peer_to_ours"] = result.to_peer();
    }
    return entry;
}

std::string milliseconds_text(double milliseconds) {
    constexpr int kMostDecimals = 7; // a tenth of a nanosecond, which is less than clocks tell
    int decimals = 3;
    for (double least = 0.1; milliseconds < least && decimals < kMostDecimals; least /= 10) decimals++;
    return fmt::format("{:.{}f}", milliseconds, decimals);
}

} // namespace normforge::bench
