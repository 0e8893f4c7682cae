// SPDX-License-Identifier: MIT
// How the searches went, and what failed.
#include "tools/normforge/report/figures.h"
#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/sections.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::report {

namespace {

using Cell = HtmlTable::Cell;

/// Within so much of the best cost a search counts as having arrived.
constexpr double kArrived = 1.01;

/// The first evaluation (from 1) after which the costs are that good.
size_t arrival(const std::vector<double> &costs) {
    const auto found =
        std::find_if(costs.begin(), costs.end(), [&](double cost) { return cost <= costs.back() * kArrived; });
    return static_cast<size_t>(found - costs.begin()) + 1;
}

Cell cost_cell(const Measurement *measurement) {
    if (!measurement) return {kNone};
    return {fmt::format("{:.3f}", cost(*measurement)), fmt::format("{:.6g}", cost(*measurement))};
}

std::string search_table(const std::vector<Search> &searches) {
    HtmlTable table("Costs are time / default's time in the same rounds: below 1 is faster than the default schedule.",
                    {{"problem", false},
                     {"threads"},
                     {"tried", true, "candidates measured or failed, each once"},
                     {"failed"},
                     {"best in search", true, "the best of many noisy numbers: too good by chance"},
                     {"final", true, "measured again, alone: the number to trust"},
                     {"rounds faster", true, "rounds of the final measurement in which it beat the default beside it"},
                     {"within 1 % after", true, "evaluations until the search was within 1 % of its best"},
                     {"random needs", true, "evaluations until random search among the same candidates is expected to be"},
                     {"configuration", false}});
    for (const auto &search : searches) {
        const Measurement *final = search.best_final();
        const std::string chosen = search.chosen();
        const auto costs = search.kept_costs();
        const auto needed = [&](const std::vector<double> &line) -> Cell {
            return {line.empty() ? kNone : std::to_string(arrival(line))};
        };
        table.add(
            {{problem_html(search.any().problem) + "<span class=\"spread\">" + escape(search.any().target) + "</span>"},
             {std::to_string(search.any().threads)},
             {std::to_string(search.candidates.size())},
             {std::to_string(search.failed())},
             cost_cell(search.best_candidate()),
             cost_cell(final),
             {final ? fmt::format("{} of {}", faster_rounds(*final), final->milliseconds.size()) : kNone},
             needed(running_minimum(costs)),
             needed(expected_minimum(costs)),
             {chosen.empty() ? kNone : "<code>" + escape(chosen) + "</code>"}});
    }
    return table.str();
}

} // namespace

std::string search_section(const Content &content) {
    if (content.searches.empty())
        return paragraph(
            "No search is in these files. normforge tune writes a journal; give that file to normforge report too.");
    std::string panels;
    for (size_t i = 0; i < content.searches.size(); i++) {
        if (!content.searches[i].candidates.empty()) panels += convergence_figure(content.searches[i], i);
    }
    std::string text = search_table(content.searches);
    if (panels.empty())
        return text +
               paragraph("The journals hold final rounds only; measurements of phase search would show the convergence.");
    text += "<h3>Convergence</h3>\n";
    text += legend({{line_sample("best"), "best so far"},
                    {line_sample("random"), "random search, expected"},
                    {marker_sample(Marker::circle, "candidate"), "a candidate"},
                    {marker_sample(Marker::cross, "failure"), "one that failed"},
                    {marker_sample(Marker::diamond, "final"), "the best of the final rounds"}});
    text += "<div class=\"panels\">\n" + panels + "</div>\n";
    return text +
           paragraph("Random search: the expected best of as many draws without replacement among the candidates of the "
                     "same panel, computed exactly. A search that was not exhaustive measured better candidates than the "
                     "space holds on average, so this line flatters random search. A candidate that failed, or was slower "
                     "than the default, leaves the default: cost 1.");
}

std::string failure_section(const Content &content) {
    if (content.input.journals.empty())
        return paragraph(
            "No candidate was compiled or run for these files. A journal of normforge tune lists those that failed.");
    if (content.failures.empty())
        return paragraph(fmt::format("None of {} failed.", count_text(content.measurements, "measurement")));
    HtmlTable table(
        fmt::format("Of {}. A candidate that fails is never chosen.", count_text(content.measurements, "measurement")),
        {{"class", false}, {"count"}, {"first message", false}, {"of problem", false}, {"configuration", false}});
    for (const auto &[name, failures] : content.failures) {
        const Measurement &first = failures.first;
        table.add({{escape(name)},
                   {std::to_string(failures.count)},
                   {first.message.empty() ? kNone : "<code>" + escape(first.message) + "</code>"},
                   {problem_html(first.problem)},
                   {"<code>" + escape(first.configuration) + "</code>"}});
    }
    return table.str();
}

} // namespace normforge::report
