// SPDX-License-Identifier: MIT
// The body of each section, as HTML. Where the files lack what a section shows, a sentence says what would fill it.
#pragma once

#include "tools/normforge/report/content.h"
#include "tools/normforge/report/html.h"

#include <string>

namespace normforge::report {

std::string machine_section(const Content &content); ///< headlines, warnings, where the numbers come from
std::string problem_section(const Content &content); ///< the table, and every competitor in a figure
std::string roofline_section(const Content &content);
std::string search_section(const Content &content); ///< convergence, and a table of searches
std::string failure_section(const Content &content);
std::string noise_section(const Content &content);
std::string repeat_section(const Content &content); ///< the commands

} // namespace normforge::report
