// SPDX-License-Identifier: MIT
// The figures of the report, one source file each. A figure is HTML: <figure> with legend, SVG and caption.
#pragma once

#include "tools/normforge/bench/result.h"
#include "tools/normforge/report/input.h"
#include "tools/normforge/report/svg.h"

#include <string>
#include <utility>
#include <vector>

namespace normforge::report {

using Cases = std::vector<const bench::Case *>;

/// Bytes touched against GB/s, with the copy or triad of each case as the roof. One figure per machine and number of
/// threads.
std::string roofline_figures(const std::vector<BenchFile> &files);

/// Every competitor's time over the reference's, a line per case; "" if there are more cases than a page can show.
std::string comparison_figure(const std::vector<bench::Case> &cases, const std::vector<std::string> &peers);

/// Best cost against evaluations, beside random search. `index` makes ids unique.
std::string convergence_figure(const Search &search, size_t index);

/// Two measurements of the same thing.
struct NoisePoint {
    enum class Kind { cold, warm, tuner } kind;
    std::string where;
    double ratio; ///< the larger median over the smaller
};

/// Ours against itself, in ascending order.
std::string noise_figure(std::vector<NoisePoint> points);

/// A bar of a table: how much of the roof a case reaches.
std::string roof_bar(double share);

/// "<ul class=legend>": samples (see marker_sample()) with what they mean.
std::string legend(const std::vector<std::pair<std::string, std::string>> &entries);

/// "<figure>": the caption is HTML. `wide`: scrolls sideways on a narrow screen rather than become too small to read.
std::string figure(const std::string &legend, const Svg &svg, const std::string &caption, bool wide);

} // namespace normforge::report
