// SPDX-License-Identifier: MIT
// The report for a terminal: a table of problems, one of searches, failures, warnings.
#include "tools/normforge/bench/summary.h"
#include "tools/normforge/common/table.h"
#include "tools/normforge/report/content.h"
#include "tools/normforge/report/text.h"

#include <fmt/format.h>

namespace normforge::report {

namespace {

std::string dash(const std::string &text) {
    return text == kNone ? "-" : text;
} // the table counts bytes

std::string time_cell(double milliseconds) {
    return fmt::format("{:.4g}", milliseconds);
}

std::string problem_table(const Content &content) {
    std::vector<std::string> header = {"problem", "thr",  "mem",     "ms",         "least",
                                       "most",    "GB/s", "of roof", "ours/floor", "default/ours"};
    for (const auto &peer : content.peers) header.push_back(peer + "/ours");
    header.insert(header.end(), {"noise", "error", "outcome"});
    Table table(header, 1, true);
    for (const auto &row : content.rows) {
        std::vector<std::string> cells = {row.problem, std::to_string(row.threads), row.temperature};
        for (const double Row::Time::*time : {&Row::Time::median, &Row::Time::least, &Row::Time::most})
            cells.push_back(row.milliseconds ? time_cell((*row.milliseconds).*time) : "-");
        for (const auto &cell : {bandwidth_text(row.gigabytes_per_second), percent_text(row.roofline),
                                 ratio_text(row.to_floor), ratio_text(row.over_default)})
            cells.push_back(dash(cell));
        for (const auto &peer : content.peers) cells.push_back(dash(ratio_text(row.over_peer(peer))));
        cells.insert(cells.end(),
                     {dash(ratio_text(row.noise)), row.wrong ? "failed" : dash(ratio_text(row.error)), row.outcome});
        table.add(cells);
    }
    return table.text();
}

std::string search_table(const Content &content) {
    Table table({"search", "target", "thr", "tried", "failed", "best", "final", "configuration"}, 2, true);
    for (const auto &search : content.searches) {
        const Measurement *best = search.best_candidate(), *final = search.best_final();
        const std::string chosen = search.chosen();
        table.add({search.any().problem, search.any().target, std::to_string(search.any().threads),
                   std::to_string(search.candidates.size()), std::to_string(search.failed()),
                   best ? fmt::format("{:.3f}", cost(*best)) : "-", final ? fmt::format("{:.3f}", cost(*final)) : "-",
                   chosen.empty() ? "-" : chosen});
    }
    return table.text();
}

} // namespace

std::string to_text(const Content &content) {
    std::string text = content.title + "\n\n" + problem_table(content) + "\n" + bench::to_text(content.summary);
    if (!content.searches.empty())
        text += "\nSearches; best and final are time / default's time, below 1 is faster:\n" + search_table(content);
    if (!content.failures.empty()) text += "\nCandidates that failed, with the first message of each class:\n";
    for (const auto &[name, failures] : content.failures)
        text += fmt::format("{:>7}  {:<8} {}\n", failures.count, name, failures.first.message);
    for (const auto &warning : content.warnings) text += "\nwarning: " + warning + "\n";
    return text;
}

} // namespace normforge::report
