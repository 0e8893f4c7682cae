// SPDX-License-Identifier: MIT
// The table of problems, and everything that was timed in one figure.
#include "tools/normforge/report/figures.h"
#include "tools/normforge/report/sections.h"
#include "tools/normforge/report/text.h"

#include <fmt/format.h>

namespace normforge::report {

namespace {

using Cell = HtmlTable::Cell;

std::vector<HtmlTable::Column> columns(const std::vector<std::string> &peers) {
    std::vector<HtmlTable::Column> all = {
        {"problem", false},
        {"threads"},
        {"memory", false, "cold: tensors come from memory; warm: from the caches, as far as they fit"},
        {"time", true, "of one call: median, and least to most"},
        {"GB/s", true, "each tensor once, by the median time"},
        {"of roofline", true,
         "bandwidth over that of a copy (forward) or triad (backward) of the same bytes; 100 % is the limit"},
        {"", false},
        {"ours / floor", true, "time over that of loops with the same sweeps and no arithmetic; 1.00 is the limit"},
        {"default / tuned", true, "the tuner's final rounds; above 1.00 tuning made it faster"}};
    for (const auto &peer : peers) all.push_back({peer + " / ours", true, "above 1.00 normforge is faster"});
    all.push_back({"noise", true, "normforge over itself in the same rounds"});
    all.push_back({"outcome", false});
    return all;
}

Cell ratio(const std::optional<double> &value) {
    return value ? Cell{ratio_text(value), fmt::format("{:.6g}", *value)} : Cell{ratio_text(value)};
}

/// A speed-up, coloured; the number says the same.
Cell speed_up(const std::optional<double> &value) {
    Cell cell = ratio(value);
    if (value) cell.html = fmt::format("<span class=\"{}\">{}</span>", *value >= 1 ? "good" : "bad", cell.html);
    return cell;
}

Cell time(const std::optional<Row::Time> &time) {
    if (!time) return {"–"};
    return {fmt::format("{} <span class=\"spread\">{} – {}</span>", time_text(time->median), time_text(time->least),
                        time_text(time->most)),
            fmt::format("{:.9g}", time->median)};
}

void add_row(HtmlTable &table, const Row &row, const std::vector<std::string> &peers) {
    std::vector<Cell> cells = {
        {escape(row.problem)}, {std::to_string(row.threads)}, {row.temperature}, time(row.milliseconds)};
    cells.push_back({bandwidth_text(row.gigabytes_per_second), fmt::format("{:.6g}", row.gigabytes_per_second.value_or(0))});
    cells.push_back({row.roofline ? percent_text(row.roofline) + " " + row.reference : "–",
                     fmt::format("{:.6g}", row.roofline.value_or(0))});
    cells.push_back({row.roofline ? roof_bar(*row.roofline) : "", fmt::format("{:.6g}", row.roofline.value_or(0))});
    cells.push_back(ratio(row.to_floor));
    cells.push_back(speed_up(row.over_default));
    for (const auto &peer : peers) cells.push_back(speed_up(row.over_peer(peer)));
    cells.push_back(ratio(row.noise));
    cells.push_back({row.slower ? fmt::format("<span class=\"bad\">{}</span>", escape(row.outcome)) : escape(row.outcome)});
    table.add(cells);
}

} // namespace

std::string problem_section(const Content &content) {
    HtmlTable table(
        "Bars: share of the roofline, whose end is marked. Ratios to a reference: 1.00 is the limit. Ratios of a peer "
        "or the default to ours: above 1.00 ours is faster.",
        columns(content.peers));
    for (const auto &row : content.rows) add_row(table, row, content.peers);
    std::string text = table.str();
    if (content.cases.empty())
        return text +
               paragraph("Roofline, floor, peers and noise are measured by normforge bench --json; no such file is here.");
    const std::string comparison = comparison_figure(content.cases, content.peers);
    text += "<h3>Everything that was timed</h3>\n";
    return text + (comparison.empty()
                       ? paragraph("Too many cases for one figure; make a report of fewer problems to see it.")
                       : comparison);
}

} // namespace normforge::report
