// SPDX-License-Identifier: MIT
// Escaping and formatting.
#include "tools/normforge/report/text.h"

#include <fmt/format.h>
#include <iterator>

namespace normforge::report {

namespace {

std::string optional_text(const std::optional<double> &value, double factor, int digits, const char *unit) {
    return value ? fmt::format("{:.{}f}{}", *value * factor, digits, unit) : kNone;
}

} // namespace

std::string escape(const std::string &text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '<': escaped += "&lt;"; break;
        case '>': escaped += "&gt;"; break;
        case '"': escaped += "&quot;"; break;
        case '\'': escaped += "&#39;"; break;
        case '\t':
        case '\n': escaped += c; break;
        default: escaped += static_cast<unsigned char>(c) < 0x20 ? "\uFFFD" : std::string(1, c);
        }
    }
    return escaped;
}

std::string problem_html(const std::string &problem) {
    std::string html = "<code class=\"problem\">";
    for (const char c : problem) html += escape(std::string(1, c)) + (c == ':' ? "<wbr>" : "");
    return html + "</code>";
}

std::string time_text(double milliseconds) {
    constexpr const char *kUnits[] = {"ns", "µs", "ms", "s"};
    double value = milliseconds * 1e6;
    size_t unit = 0;
    for (; value >= 999.5 && unit + 1 < std::size(kUnits); unit++) value /= 1000;
    const int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    return fmt::format("{:.{}f} {}", value, digits, kUnits[unit]);
}

std::string ratio_text(const std::optional<double> &ratio) {
    return optional_text(ratio, 1, 2, "");
}

std::string percent_text(const std::optional<double> &share) {
    return optional_text(share, 100, 0, " %");
}

std::string bandwidth_text(const std::optional<double> &gigabytes_per_second) {
    return optional_text(gigabytes_per_second, 1, 1, "");
}

std::string count_text(size_t count, const std::string &noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

} // namespace normforge::report
