// SPDX-License-Identifier: MIT
// Ratios, geometric means and JSON of the benchmark's cases.
#include "tools/normforge/bench/result.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <map>

namespace normforge::bench {

namespace {

using Ratio = std::function<double(const Case &)>;

double geometric_mean(const std::vector<Case> &cases, const Ratio &ratio) {
    double sum = 0;
    for (const auto &one : cases) sum += std::log(ratio(one));
    return std::exp(sum / static_cast<double>(cases.size()));
}

std::vector<Case> where(const std::vector<Case> &cases, const std::function<bool(const Case &)> &condition) {
    std::vector<Case> chosen;
    std::copy_if(cases.begin(), cases.end(), std::back_inserter(chosen), condition);
    return chosen;
}

const Case &lowest(const std::vector<Case> &cases, const Ratio &ratio) {
    return *std::min_element(cases.begin(), cases.end(), [&](const Case &a, const Case &b) { return ratio(a) < ratio(b); });
}

/// What cases are grouped by in the summary, in this order.
struct Group {
    const char *word;
    std::string Case::*key;
};
constexpr Group kGroups[] = {{"op", &Case::op}, {"layout", &Case::layout}, {"epilogue", &Case::epilogue}};

/// "geometric mean, op forward_train: 1.90" and so on, a line per group.
std::string grouped_means(const std::vector<Case> &cases, const Ratio &ratio) {
    std::string text;
    for (const auto &group : kGroups) {
        std::map<std::string, std::vector<Case>> parts;
        for (const auto &one : cases) parts[one.*group.key].push_back(one);
        for (const auto &[name, part] : parts) {
            text += fmt::format("geometric mean, {} {}: {:.2f}\n", group.word, name, geometric_mean(part, ratio));
        }
    }
    return text;
}

std::string peer_summary(const std::vector<Case> &cases) {
    const auto compared = where(cases, &Case::has_peer);
    if (compared.empty()) return "";
    const Case &worst = lowest(compared, &Case::to_peer);
    return fmt::format("{} / normforge over {} cases, above 1 normforge is faster:\n"
                       "geometric mean: {:.2f}\n{}worst case: {:.2f} {}\n",
                       worst.peer.name, compared.size(), geometric_mean(compared, &Case::to_peer),
                       grouped_means(compared, &Case::to_peer), worst.to_peer(), worst.problem);
}

/// Share of preempted samples above which a competitor was not measured but delayed. Which one suffers most depends on how
/// its threads wait for each other, so ratios suffer as well.
constexpr double kMostPreempted = 0.2;

/// Lines that say how far to trust the others.
std::string disturbances(const std::vector<Case> &cases) {
    struct Count {
        size_t samples = 0;
        int faulted = 0, preempted = 0;
        double preempted_share() const { return preempted / std::max(1.0, static_cast<double>(samples)); }
    };
    Count all;
    std::map<std::string, Count> by_name;
    for (const auto &one : cases) {
        for (const Series *series : one.all_series()) {
            for (Count *count : {&all, &by_name[series->name]}) {
                count->samples += series->milliseconds.size();
                count->faulted += series->faulted;
                count->preempted += series->preempted;
            }
        }
    }
    std::string text = fmt::format(
        "page faults: none in the {} samples that count, {} samples thrown away\npreempted samples:", all.samples,
        all.faulted);
    bool trusted = true;
    for (const auto &[name, count] : by_name) {
        text += fmt::format(" {} {:.0f} %", name, 100 * count.preempted_share());
        trusted = trusted && count.preempted_share() <= kMostPreempted;
    }
    return text + (trusted ? "\n"
                           : "\nOther processes are running: do not trust the ratios. Repeat on an idle machine, or with "
                             "fewer --threads.\n");
}

nlohmann::json to_json(const Series &series) {
    return {{"name", series.name},
            {"implementation", series.implementation},
            {"median_ms", series.median()},
            {"lower_quartile_ms", series.quantile(0.25)},
            {"upper_quartile_ms", series.quantile(0.75)},
            {"thrown_away_for_page_faults", series.faulted},
            {"counted_though_preempted", series.preempted},
            {"milliseconds", series.milliseconds}};
}

} // namespace

double Case::noise() const {
    const auto [least, most] = std::minmax({ours.median(), ours_again.median()});
    return most / least;
}

std::vector<const Series *> Case::all_series() const {
    std::vector<const Series *> all = {&ours, &ours_again, &baseline};
    if (has_peer()) all.push_back(&peer);
    return all;
}

bool Case::complete() const {
    const auto all = all_series();
    return std::none_of(all.begin(), all.end(), [](const Series *series) { return series->milliseconds.empty(); });
}

std::string summarise(const std::vector<Case> &cases) {
    if (cases.empty()) return "";
    std::string text = peer_summary(cases);
    for (const char *baseline : {"copy", "triad"}) {
        const auto part = where(cases, [&](const Case &one) { return one.baseline.name == baseline; });
        if (part.empty()) continue;
        const Case &worst = lowest(part, [](const Case &one) { return -one.to_baseline(); });
        text += fmt::format("normforge / {}: geometric mean {:.2f}, worst {:.2f} {}\n", baseline,
                            geometric_mean(part, &Case::to_baseline), worst.to_baseline(), worst.problem);
    }
    const Case &noisiest = lowest(cases, [](const Case &one) { return -one.noise(); });
    text += fmt::format("noise, normforge / itself: geometric mean {:.2f}, worst {:.2f} {}\n",
                        geometric_mean(cases, &Case::noise), noisiest.noise(), noisiest.problem);
    return text + disturbances(cases);
}

nlohmann::json to_json(const std::vector<Case> &cases) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto &one : cases) {
        nlohmann::json entry = {{"problem", one.problem},
                                {"op", one.op},
                                {"layout", one.layout},
                                {"epilogue", one.epilogue},
                                {"traffic_bytes", one.traffic_bytes},
                                {"slots", one.slots},
                                {"cold", one.cold},
                                {"gigabytes_per_second", one.gigabytes_per_second()},
                                {"ours_to_baseline", one.to_baseline()},
                                {"noise", one.noise()},
                                {"ours", to_json(one.ours)},
                                {"ours_again", to_json(one.ours_again)},
                                {"baseline", to_json(one.baseline)}};
        if (one.has_peer()) {
            entry["peer"] = to_json(one.peer);
            entry["peer_to_ours"] = one.to_peer();
        }
        list.push_back(std::move(entry));
    }
    return list;
}

} // namespace normforge::bench
