// SPDX-License-Identifier: MIT
// Everything that a report says, before it is written as a page or as text.
#pragma once

#include "tools/normforge/bench/summary.h"
#include "tools/normforge/report/row.h"

#include <map>
#include <string>
#include <vector>

namespace normforge::report {

/// A number of the report's head, with what it means.
struct Headline {
    std::string value, meaning;
};

struct Content {
    std::string title;
    Input input;
    std::vector<bench::Case> cases; ///< of all files
    bench::Summary summary;         ///< of the cases
    std::vector<Search> searches;
    std::vector<Row> rows;
    std::vector<std::string> peers;
    std::map<std::string, Failures> failures;
    size_t measurements = 0; ///< of all journals, failures included
    std::vector<std::string> warnings;
    std::vector<Headline> headlines;
};

Content make_content(const std::string &title, Input input);

/// For the terminal.
std::string to_text(const Content &content);

/// The page: HTML with everything in it.
std::string to_html(const Content &content);

} // namespace normforge::report
