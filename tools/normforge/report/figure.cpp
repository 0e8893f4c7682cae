// SPDX-License-Identifier: MIT
// What figures share: frame, legend, the small bar.
#include "tools/normforge/report/figures.h"

#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::report {

std::string legend(const std::vector<std::pair<std::string, std::string>> &entries) {
    std::string text = "<ul class=\"legend\">";
    for (const auto &[sample, meaning] : entries) text += fmt::format("<li>{}{}</li>", sample, escape(meaning));
    return text + "</ul>\n";
}

std::string figure(const std::string &legend, const Svg &svg, const std::string &caption, bool wide) {
    return fmt::format("<figure{}>\n{}<div class=\"plot\">{}</div>\n<figcaption>{}</figcaption>\n</figure>\n",
                       wide ? " class=\"wide\"" : "", legend, svg.str(), caption);
}

std::string roof_bar(double share) {
    // 100 % stands at 80 of 96 pixels: a case may beat the copy's bandwidth, as far as its data stay in cache.
    const double length = std::clamp(share, 0.0, 1.2) * 80;
    return fmt::format(
        "<svg class=\"bar\" viewBox=\"0 0 96 10\" width=\"96\" height=\"10\" aria-hidden=\"true\">"
        "<rect class=\"track\" width=\"80\" height=\"10\" rx=\"2\"/>"
        "<rect class=\"fill\" width=\"{:.1f}\" height=\"10\" rx=\"2\"/><path class=\"limit\" d=\"M80 0v10\"/></svg>",
        length);
}

} // namespace normforge::report
