// SPDX-License-Identifier: MIT
// Numbers and text as the report shows them.
#pragma once

#include <optional>
#include <string>

namespace normforge::report {

/// Stands where there is no number.
inline constexpr const char *kNone = "–";

/// For text and for attributes of HTML and SVG: & < > " and ' become entities; control characters, which XML forbids,
/// U+FFFD.
std::string escape(const std::string &text);

/// A problem string as HTML, escaped, that may be broken after its colons.
std::string problem_html(const std::string &problem);

/// "813 ns", "3.29 µs", "1.20 ms", "2.41 s": three digits.
std::string time_text(double milliseconds);

/// "1.23", or a dash where there is no number.
std::string ratio_text(const std::optional<double> &ratio);

/// "87 %", or a dash.
std::string percent_text(const std::optional<double> &share);

/// "42.8", or a dash: GB/s.
std::string bandwidth_text(const std::optional<double> &gigabytes_per_second);

/// "1 thread", "3 threads"
std::string count_text(size_t count, const std::string &noun);

} // namespace normforge::report
