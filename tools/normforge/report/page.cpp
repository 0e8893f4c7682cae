// SPDX-License-Identifier: MIT
// The sections of the page, in their order.
#include "tools/normforge/report/sections.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace normforge::report {

std::string to_html(const Content &content) {
    const std::string subtitle = fmt::format("Batch normalisation kernels, measured. Made from {} by normforge {}.",
                                             fmt::join(content.input.files, ", "), nf_version());
    return page(content.title, subtitle,
                {{"summary", "Summary", machine_section(content)},
                 {"problems", "Problems", problem_section(content)},
                 {"roofline", "Roofline", roofline_section(content)},
                 {"searches", "Searches", search_section(content)},
                 {"failures", "Failures", failure_section(content)},
                 {"noise", "Noise", noise_section(content)},
                 {"repeat", "Run it again", repeat_section(content)}});
}

} // namespace normforge::report
