// SPDX-License-Identifier: MIT
// The table of problems, and everything that was timed in one figure.
#include "tools/normforge/report/figures.h"
#include "tools/normforge/report/sections.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

namespace normforge::report {

namespace {

using Cell = HtmlTable::Cell;

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
    if (!time) return {kNone};
    return {fmt::format("{} <span class=\"spread\">{} – {}</span>", time_text(time->median), time_text(time->least),
                        time_text(time->most)),
            fmt::format("{:.9g}", time->median)};
}

Cell bandwidth(const Row &row) {
    if (!row.gigabytes_per_second) return {kNone};
    return {bandwidth_text(row.gigabytes_per_second), fmt::format("{:.6g}", *row.gigabytes_per_second)};
}

Cell roofline(const Row &row) {
    if (!row.roofline) return {kNone};
    return {fmt::format("{} {}<br>{}", percent_text(row.roofline), escape(row.reference), roof_bar(*row.roofline)),
            fmt::format("{:.6g}", *row.roofline)};
}

Cell error(const Row &row) {
    return row.wrong ? Cell{"<span class=\"bad\">failed</span>"} : ratio(row.error);
}

Cell outcome(const Row &row) {
    return {row.slower ? fmt::format("<span class=\"bad\">{}</span>", escape(row.outcome)) : escape(row.outcome)};
}

/// A column and how its cells are made.
struct Column {
    HtmlTable::Column head;
    std::function<Cell(const Row &)> cell;
};

std::vector<Column> all_columns(const std::vector<std::string> &peers) {
    std::vector<Column> all = {
        {{"problem", false}, [](const Row &row) -> Cell { return {problem_html(row.problem)}; }},
        {{"threads"}, [](const Row &row) -> Cell { return {std::to_string(row.threads)}; }},
        {{"memory", false, "cold: tensors come from memory; warm: from the caches, as far as they fit"},
         [](const Row &row) -> Cell { return {row.temperature}; }},
        {{"time", true, "of one call: median, and least to most"}, [](const Row &row) { return time(row.milliseconds); }},
        {{"GB/s", true, "each tensor once, by the median time"}, bandwidth},
        {{"of roofline", true, "bandwidth over that of a copy (forward) or triad (backward) of the same bytes"}, roofline},
        {{"ours / floor", true, "time over that of loops with the same sweeps and no arithmetic; 1.00 is the limit"},
         [](const Row &row) { return ratio(row.to_floor); }},
        {{"default / tuned", true, "the tuner's final rounds; above 1.00 tuning made it faster"},
         [](const Row &row) { return speed_up(row.over_default); }}};
    for (const auto &peer : peers)
        all.push_back({{peer + " / ours", true, "above 1.00 normforge is faster"},
                       [peer](const Row &row) { return speed_up(row.over_peer(peer)); }});
    all.push_back(
        {{"noise", true, "normforge over itself in the same rounds"}, [](const Row &row) { return ratio(row.noise); }});
    all.push_back(
        {{"error", true, "largest error of any variant that fits, over its bound; above 1.00 it would be wrong"}, error});
    all.push_back({{"outcome", false}, outcome});
    return all;
}

/// Without columns that no row fills.
std::string problem_table(const Content &content) {
    std::vector<Column> columns = all_columns(content.peers);
    const auto is_empty = [&](const Column &column) {
        return std::all_of(content.rows.begin(), content.rows.end(),
                           [&](const Row &row) { return column.cell(row).html == kNone; });
    };
    columns.erase(std::remove_if(columns.begin(), columns.end(), is_empty), columns.end());
    std::vector<HtmlTable::Column> heads;
    for (const auto &column : columns) heads.push_back(column.head);
    HtmlTable table(
        "Bars: share of the roofline, whose end is marked. Ratios to a reference: 1.00 is the limit. Ratios of a peer "
        "or the default to ours: above 1.00 ours is faster.",
        heads);
    for (const auto &row : content.rows) {
        std::vector<Cell> cells;
        for (const auto &column : columns) cells.push_back(column.cell(row));
        table.add(cells);
    }
    return table.str();
}

} // namespace

std::string problem_section(const Content &content) {
    std::string text = problem_table(content);
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
