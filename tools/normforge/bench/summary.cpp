// SPDX-License-Identifier: MIT
// Sums over cases. Text and JSON are written in summary_text.cpp.
#include "tools/normforge/bench/summary.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

namespace normforge::bench {

namespace {

using Ratio = std::function<double(const Case &)>;
using Cases = std::vector<const Case *>;

Cases where(const Cases &cases, const std::function<bool(const Case &)> &condition) {
    Cases chosen;
    std::copy_if(cases.begin(), cases.end(), std::back_inserter(chosen), [&](const Case *one) { return condition(*one); });
    return chosen;
}

double geometric_mean(const Cases &cases, const Ratio &ratio) {
    double sum = 0;
    for (const Case *one : cases) sum += std::log(ratio(*one));
    return std::exp(sum / static_cast<double>(cases.size()));
}

enum class Worst { lowest, highest };

/// All zero if there is no case.
Statistic statistic(const Cases &cases, const Ratio &ratio, Worst worst) {
    if (cases.empty()) return {};
    const auto by_ratio = [&](const Case *a, const Case *b) { return ratio(*a) < ratio(*b); };
    const auto [lowest, highest] = std::minmax_element(cases.begin(), cases.end(), by_ratio);
    const Case &one = worst == Worst::lowest ? **lowest : **highest;
    return {cases.size(), geometric_mean(cases, ratio), ratio(one), one.where()};
}

/// What cases are grouped by, in this order.
struct Key {
    const char *word;
    std::string (*of)(const Case &);
    bool combined = false; ///< its values need no word before them, and a single one says nothing that the others do not
};
const Key kKeys[] = {
    {"op", [](const Case &one) { return one.op; }},
    {"layout", [](const Case &one) { return one.layout; }},
    {"epilogue", [](const Case &one) { return one.epilogue; }},
    {"dtype", [](const Case &one) { return one.dtype; }},
    {"threads", [](const Case &one) { return std::to_string(one.threads); }},
    {"temperature", [](const Case &one) { return std::string(one.temperature()); }},
    {"layout_op", [](const Case &one) { return one.layout + " " + one.op; }, true},
};

const Series *peer_called(const Case &one, const std::string &name) {
    const auto found = std::find_if(one.peers.begin(), one.peers.end(), [&](const Series &p) { return p.name == name; });
    return found == one.peers.end() ? nullptr : &*found;
}

void compare_with_peers(const Cases &cases, Summary &summary) {
    const auto compared = where(cases, &Case::has_peer);
    summary.faster_peer = statistic(compared, &Case::to_peer, Worst::lowest);
    for (const auto &key : kKeys) {
        std::map<std::string, Cases> parts;
        for (const Case *one : compared) parts[key.of(*one)].push_back(one);
        if (key.combined && parts.size() < 2) continue;
        for (const auto &[value, part] : parts) {
            const std::string label = key.combined ? value : key.word + (" " + value);
            summary.groups.push_back({key.word, value, label, geometric_mean(part, &Case::to_peer)});
        }
    }
    std::map<std::string, Cases> by_peer;
    for (const Case *one : compared) {
        for (const auto &peer : one->peers) by_peer[peer.name].push_back(one);
    }
    for (const auto &[name, part] : by_peer) {
        const auto ratio = [&peer = name](const Case &one) { return peer_called(one, peer)->median() / one.ours.median(); };
        summary.peers.emplace_back(name, statistic(part, ratio, Worst::lowest));
    }
    // A case's own noise, two medians of a few samples, is 1.00 now and then by chance.
    const auto slower = [&](const Case *one) {
        return one->to_peer() * std::max(one->noise(), summary.noise.geometric_mean) < 1;
    };
    summary.slower = static_cast<size_t>(std::count_if(compared.begin(), compared.end(), slower));
}

void compare_with_references(const Cases &cases, Summary &summary) {
    for (const char *name : {"copy", "triad"}) {
        const auto part = where(cases, [&](const Case &one) { return one.baseline.name == name; });
        if (!part.empty()) summary.references.emplace_back(name, statistic(part, &Case::to_baseline, Worst::highest));
    }
    const auto part = where(cases, &Case::has_floor);
    if (!part.empty()) summary.references.emplace_back("floor", statistic(part, &Case::to_floor, Worst::highest));
}

void count_disturbances(const Cases &cases, Summary &summary) {
    std::map<std::string, Disturbed> by_name;
    for (const Case *one : cases) {
        for (const Series *series : one->all_series()) {
            for (Disturbed *count : {&summary.all, &by_name[series->name]}) {
                count->samples += series->milliseconds.size();
                count->faulted += series->faulted;
                count->page_faults += series->page_faults;
                count->preempted += series->preempted;
            }
        }
        for (const Series &series : one->information) by_name[series.name].compared = false;
    }
    summary.disturbed.assign(by_name.begin(), by_name.end());
}

/// Share of preempted samples above which a competitor was not measured but delayed. Which one suffers most depends on how
/// its threads wait for each other, so ratios suffer as well.
constexpr double kMostPreempted = 0.2;

} // namespace

bool Summary::trusted() const {
    return std::all_of(disturbed.begin(), disturbed.end(), [](const auto &one) {
        return !one.second.compared || one.second.preempted_share() <= kMostPreempted;
    });
}

Summary summarise(const std::vector<Case> &cases) {
    Cases all;
    for (const auto &one : cases) all.push_back(&one);
    Summary summary;
    summary.noise = statistic(all, &Case::noise, Worst::highest);
    compare_with_peers(all, summary);
    compare_with_references(all, summary);
    count_disturbances(all, summary);
    return summary;
}

} // namespace normforge::bench
