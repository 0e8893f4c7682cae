// SPDX-License-Identifier: MIT
// Puts together what the parts find; the numbers of the head.
#include "tools/normforge/report/content.h"

#include "tools/normforge/report/numbers.h"
#include "tools/normforge/report/text.h"
#include "tools/normforge/report/warnings.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::report {

namespace {

/// Of those that were verified and right.
std::vector<double> errors_of(const std::vector<Row> &rows) {
    std::vector<double> errors;
    for (const auto &row : rows) {
        if (row.error && !row.wrong) errors.push_back(*row.error);
    }
    return errors;
}

std::vector<Headline> find_headlines(const Content &content) {
    const bench::Summary &summary = content.summary;
    std::vector<Headline> headlines;
    std::vector<double> shares, gains;
    for (const auto &row : content.rows) {
        if (row.roofline) shares.push_back(*row.roofline);
    }
    for (const auto &search : content.searches) {
        if (search.best_candidate()) gains.push_back(search.gain());
    }
    if (summary.faster_peer.cases > 0)
        headlines.push_back(
            {ratio_text(summary.faster_peer.geometric_mean) + " ×",
             fmt::format("as fast as the faster peer: geometric mean of {}, worst {:.2f}; slower beyond the "
                         "noise in {}",
                         count_text(summary.faster_peer.cases, "case"), summary.faster_peer.worst, summary.slower)});
    if (!shares.empty())
        headlines.push_back({percent_text(geometric_mean(shares)), "of the bandwidth of a copy or triad: geometric mean"});
    if (!gains.empty())
        headlines.push_back({ratio_text(geometric_mean(gains)) + " ×",
                             fmt::format("as fast as the default schedule, tuned: geometric mean of {}",
                                         count_text(gains.size(), "tuned problem"))});
    if (summary.noise.cases > 0)
        headlines.push_back({fmt::format("{:.1f} %", 100 * (summary.noise.geometric_mean - 1)),
                             "noise: normforge against itself, geometric mean"});
    if (const auto errors = errors_of(content.rows); !errors.empty())
        headlines.push_back({ratio_text(*std::max_element(errors.begin(), errors.end())),
                             fmt::format("largest error, in units of its bound, of {} compared with the float64 reference",
                                         count_text(errors.size(), "case"))});
    return headlines;
}

} // namespace

Content make_content(const std::string &title, Input input) {
    Content content;
    content.title = title;
    content.input = std::move(input);
    content.cases = all_cases(content.input);
    content.summary = bench::summarise(content.cases);
    const auto measurements = content.input.measurements();
    content.measurements = measurements.size();
    content.searches = group_searches(measurements);
    content.failures = count_failures(measurements);
    content.rows = make_rows(content.input, content.searches);
    content.peers = peers_of(content.rows);
    content.warnings = find_warnings(content.input);
    content.headlines = find_headlines(content);
    return content;
}

} // namespace normforge::report
