// SPDX-License-Identifier: MIT
// A summary for people and for programs.
#include "tools/normforge/bench/summary.h"

#include <fmt/format.h>

namespace normforge::bench {

namespace {

std::string peer_text(const Summary &summary) {
    const Statistic &faster = summary.faster_peer;
    if (faster.cases == 0) return "";
    std::string text = fmt::format("faster peer / normforge over {} cases, above 1 normforge is faster:\n"
                                   "geometric mean: {:.2f}\n",
                                   faster.cases, faster.geometric_mean);
    for (const auto &group : summary.groups) {
        text += fmt::format("geometric mean, {}: {:.2f}\n", group.label, group.geometric_mean);
    }
    text += fmt::format("worst case: {:.2f} {}\n", faster.worst, faster.worst_case);
    text += fmt::format("slower than the faster peer beyond the noise: {} of {} cases\n", summary.slower, faster.cases);
    for (const auto &[name, one] : summary.peers) {
        text += fmt::format("{} / normforge: geometric mean {:.2f} over {} cases, worst {:.2f} {}\n", name,
                            one.geometric_mean, one.cases, one.worst, one.worst_case);
    }
    return text;
}

nlohmann::json to_json(const Statistic &one) {
    return {
        {"cases", one.cases}, {"geometric_mean", one.geometric_mean}, {"worst", one.worst}, {"worst_case", one.worst_case}};
}

nlohmann::json to_json(const std::vector<std::pair<std::string, Statistic>> &list) {
    nlohmann::json entries = nlohmann::json::object();
    for (const auto &[name, one] : list) entries[name] = to_json(one);
    return entries;
}

} // namespace

std::string to_text(const Summary &summary) {
    if (summary.noise.cases == 0) return "";
    std::string text = peer_text(summary);
    for (const auto &[name, one] : summary.references) {
        text += fmt::format("normforge / {}: geometric mean {:.2f}, worst {:.2f} {}\n", name, one.geometric_mean, one.worst,
                            one.worst_case);
    }
    text += fmt::format("noise, normforge / itself: geometric mean {:.3f}, worst {:.2f} {}\n", summary.noise.geometric_mean,
                        summary.noise.worst, summary.noise.worst_case);
    text += fmt::format("page faults: none in the {} samples that count, {} in {} samples thrown away\npreempted samples:",
                        summary.all.samples, summary.all.page_faults, summary.all.faulted);
    for (const auto &[name, one] : summary.disturbed) text += fmt::format(" {} {:.0f} %", name, 100 * one.preempted_share());
    return text + (summary.trusted() ? "\n"
                                     : "\nOther processes are running: do not trust the ratios. Repeat on an idle machine, "
                                       "or with fewer --threads.\n");
}

nlohmann::json to_json(const Summary &summary) {
    nlohmann::json groups = nlohmann::json::object();
    for (const auto &group : summary.groups) groups[group.word][group.value] = group.geometric_mean;
    nlohmann::json disturbed = nlohmann::json::object();
    for (const auto &[name, one] : summary.disturbed) {
        disturbed[name] = {{"samples", one.samples},
                           {"thrown_away_for_page_faults", one.faulted},
                           {"page_faults_in_those", one.page_faults},
                           {"counted_though_preempted", one.preempted}};
    }
    return {{"faster_peer", to_json(summary.faster_peer)},
            {"geometric_means", groups},
            {"slower_beyond_noise", summary.slower},
            {"peers", to_json(summary.peers)},
            {"references", to_json(summary.references)},
            {"noise", to_json(summary.noise)},
            {"samples", disturbed},
            {"trusted", summary.trusted()}};
}

} // namespace normforge::bench
