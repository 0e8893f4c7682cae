// SPDX-License-Identifier: MIT
// See result.h.
#include "tools/gpu_check/result.h"

#include "tools/normforge/common/table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

namespace normforge::gpu_check {

namespace {

/// Of docs/gpu.md: time of a copy / ours; best peer / ours, geometric mean.
constexpr double kWantedOfCopy = 0.85, kWantedToPeer = 1.2;

std::string fixed(double value, int digits) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

nlohmann::json to_json(const Series &series) {
    return {{"name", series.name},
            {"ms", series.median()},
            {"quartiles_ms", {series.quantile(0.25), series.quantile(0.75)}},
            {"launch_ms", series.launch_median()},
            {"samples", series.samples.size()}};
}

nlohmann::json to_json(const Temperature &temperature, const Case &result) {
    const double bytes = static_cast<double>(result.tensor_bytes) * result.tensors;
    nlohmann::json json = {{"normforge", to_json(temperature.ours)},
                           {"copy", to_json(temperature.copy)},
                           {"copy_gigabytes_per_second", bytes / temperature.copy.median() / 1e6},
                           {"ours_to_copy", temperature.to_copy()},
                           {"share_of_copy_bandwidth", 1 / temperature.to_copy()},
                           {"peers", nlohmann::json::array()}};
    for (const Series &peer : temperature.peers) {
        json["peers"].push_back(to_json(peer));
        json["peers"].back()["peer_to_ours"] = temperature.to_peer(peer);
    }
    if (const Series *best = temperature.best_peer()) json["best_peer_to_ours"] = temperature.to_peer(*best);
    return json;
}

std::vector<std::string> temperature_cells(const Temperature &temperature) {
    const Series *best = temperature.best_peer();
    return {fixed(temperature.ours.median(), 4), fixed(100 * temperature.ours.spread(), 1), fixed(temperature.to_copy(), 2),
            best ? fixed(temperature.to_peer(*best), 2) : "-"};
}

std::string peer_cell(const Case &result, const std::string &name) {
    for (const Series &peer : result.cold.peers)
        if (peer.name == name) return fixed(result.cold.to_peer(peer), 2);
    for (const Absent &absent : result.absent)
        if (absent.name == name) return absent.differs ? "differs" : "not offered";
    return "-";
}

/// In the order in which they first appear.
std::vector<std::string> peer_names(const std::vector<Case> &cases) {
    std::vector<std::string> names;
    const auto add = [&](const std::string &name) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    for (const Case &one : cases) {
        for (const Series &peer : one.cold.peers) add(peer.name);
        for (const Absent &absent : one.absent) add(absent.name);
    }
    return names;
}

/// Ratios of many cases.
struct Ratios {
    size_t count = 0;
    double logarithms = 0, worst = 0;
    std::string worst_case;

    void add(double ratio, bool worse, const std::string &problem) {
        if (!count++ || worse) {
            worst = ratio;
            worst_case = problem;
        }
        logarithms += std::log(ratio);
    }
    double mean() const { return std::exp(logarithms / static_cast<double>(count)); }
};

std::string temperature_summary(const std::vector<Case> &cases, const char *word, Temperature Case::*temperature) {
    Ratios copy, peer;
    size_t near_copy = 0, slower = 0;
    for (const Case &one : cases) {
        const Temperature &found = one.*temperature;
        if (!found.measured()) continue;
        const double to_copy = found.to_copy();
        copy.add(to_copy, to_copy > copy.worst, one.problem);
        near_copy += 1 / to_copy >= kWantedOfCopy;
        const Series *best = found.best_peer();
        if (!best) continue;
        const double to_peer = found.to_peer(*best);
        peer.add(to_peer, to_peer < peer.worst, one.problem);
        slower += to_peer < 1;
    }
    if (!copy.count) return "";
    std::string text = std::string(word) + ": ours / copy, geometric mean " + fixed(copy.mean(), 2) + ", worst " +
                       fixed(copy.worst, 2) + " (" + copy.worst_case + "); at least " + fixed(kWantedOfCopy, 2) +
                       " of the copy's bandwidth in " + std::to_string(near_copy) + " of " + std::to_string(copy.count) +
                       " cases\n";
    if (!peer.count) return text;
    return text + std::string(word) + ": best peer / ours, geometric mean " + fixed(peer.mean(), 2) +
           " (wanted: " + fixed(kWantedToPeer, 1) + "), worst " + fixed(peer.worst, 2) + " (" + peer.worst_case +
           "); slower in " + std::to_string(slower) + " of " + std::to_string(peer.count) + " cases\n";
}

} // namespace

double Series::quantile(double share) const {
    std::vector<double> times;
    for (const Sample &sample : samples) times.push_back(sample.ms);
    if (times.empty()) return 0;
    std::sort(times.begin(), times.end());
    return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1) + 0.5)];
}

double Series::spread() const {
    return (quantile(0.75) - quantile(0.25)) / 2 / median();
}

double Series::launch_median() const {
    Series launches{name, {}};
    for (const Sample &sample : samples) launches.samples.push_back({sample.launch_ms, 0});
    return launches.median();
}

const Series *Temperature::best_peer() const {
    const auto best = std::min_element(peers.begin(), peers.end(),
                                       [](const Series &a, const Series &b) { return a.median() < b.median(); });
    return best == peers.end() ? nullptr : &*best;
}

int tensors_without_cache(const std::string &op, bool with_residual) {
    if (op == "backward_train") return with_residual ? 7 : 5;
    return (op == "forward_inference" ? 2 : 3) + (with_residual ? 1 : 0);
}

nlohmann::json to_json(const Case &result) {
    nlohmann::json json = {{"problem", result.problem}};
    if (!result.why_not.empty()) json["not_measured"] = result.why_not;
    if (result.measured()) {
        json["variant"] = result.variant;
        json["tensor_bytes"] = result.tensor_bytes;
        json["tensors_moved_without_cache"] = result.tensors;
        json["cold"] = to_json(result.cold, result);
        json["warm"] = to_json(result.warm, result);
    }
    for (const Absent &absent : result.absent)
        json[absent.differs ? "differ" : "not_offered"].push_back({{"name", absent.name}, {"why", absent.why}});
    return json;
}

std::string times_table(const std::vector<Case> &cases) {
    Table table({"problem", "cold ms", "+-%", "/copy", "peer/", "warm ms", "+-%", "/copy", "peer/", "best peer, cold"}, 1,
                true);
    for (const Case &one : cases) {
        std::vector<std::string> row = {one.problem};
        if (!one.measured()) {
            row.resize(9, "-");
            row.push_back("not measured: " + one.why_not);
            table.add(row);
            continue;
        }
        for (const Temperature *temperature : {&one.cold, &one.warm})
            for (std::string &cell : temperature_cells(*temperature)) row.push_back(std::move(cell));
        row.push_back(one.cold.best_peer() ? one.cold.best_peer()->name : "none");
        table.add(row);
    }
    return table.text();
}

std::string peers_table(const std::vector<Case> &cases) {
    const std::vector<std::string> names = peer_names(cases);
    if (names.empty()) return "";
    std::vector<std::string> header = {"peer / ours, cold"};
    header.insert(header.end(), names.begin(), names.end());
    Table table(header, 1);
    for (const Case &one : cases) {
        std::vector<std::string> row = {one.problem};
        for (const std::string &name : names) row.push_back(peer_cell(one, name));
        table.add(row);
    }
    return table.text();
}

std::string summary_text(const std::vector<Case> &cases) {
    std::string text = temperature_summary(cases, "cold", &Case::cold) + temperature_summary(cases, "warm", &Case::warm);
    std::map<std::string, size_t> reasons;
    for (const Case &one : cases) {
        for (const Absent &absent : one.absent)
            ++reasons[absent.name + (absent.differs ? " differs: " : " not offered: ") + absent.why];
        if (!one.why_not.empty()) ++reasons["not measured: " + one.why_not];
    }
    for (const auto &[reason, count] : reasons) text += reason + " (" + std::to_string(count) + " cases)\n";
    return text;
}

} // namespace normforge::gpu_check
