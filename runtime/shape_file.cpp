// SPDX-License-Identifier: MIT
// Shape files: a line is one problem, or several in braces; shared by tests, bench and tuner. The problem itself is read by
// problem.cpp.
#include "runtime/braces.h"
#include "runtime/problem.h"
#include "runtime/text.h"
#include <algorithm>

namespace normforge {
namespace {

constexpr std::string_view kBlanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const size_t first = text.find_first_not_of(kBlanks);
    return first == std::string_view::npos ? std::string_view()
                                           : text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// Reads "*12".
int read_count(std::string_view text, size_t column) {
    int64_t count = 0;
    const char *stop = text.front() == '*' ? read_number(text.substr(1), count) : nullptr;
    if (stop != text.data() + text.size() || count < 1 || count > kMostCounted)
        throw ProblemError("got \"" + std::string(text) +
                               "\" after the problem, expected *COUNT, a whole number from 1 to " +
                               std::to_string(kMostCounted),
                           column);
    return static_cast<int>(count);
}

/// Reads one line: the problems that it stands for, none if it holds none. Columns of ProblemError are those of the line.
std::vector<ShapeLine> parse_line(std::string_view line, int number) {
    ShapeLine common;
    common.line = number;
    const size_t hash = std::min(line.find('#'), line.size());
    if (hash < line.size()) common.comment = trimmed(line.substr(hash + 1));
    const std::string_view content = line.substr(0, hash);
    const size_t start = content.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return {};
    const size_t end = std::min(content.find_first_of(kBlanks, start), content.size());
    const std::string_view rest = trimmed(content.substr(end));
    if (!rest.empty()) common.count = read_count(rest, static_cast<size_t>(rest.data() - line.data()) + 1);

    std::vector<ShapeLine> lines;
    try {
        for (const auto &one : expand_braces(content.substr(start, end - start))) {
            try {
                common.problem = parse_problem(one.text);
            } catch (const ProblemError &error) {
                throw ProblemError(error.what(), one.columns[std::min(error.column, one.columns.size()) - 1]);
            }
            lines.push_back(common);
        }
    } catch (const ProblemError &error) {
        throw ProblemError(error.what(), error.column + start);
    }
    return lines;
}

} // namespace

std::vector<ShapeLine> read_shape_file(const std::string &path) {
    const auto text = read_text(path);
    if (!text) throw std::runtime_error(path + ": cannot be read");
    return parse_shapes(*text, path);
}

std::vector<ShapeLine> parse_shapes(std::string_view text, const std::string &name) {
    std::vector<ShapeLine> lines;
    int number = 0;
    for (size_t at = 0; at < text.size();) {
        const size_t end = std::min(text.find('\n', at), text.size());
        try {
            const auto problems = parse_line(text.substr(at, end - at), ++number);
            lines.insert(lines.end(), problems.begin(), problems.end());
        } catch (const ProblemError &error) {
            throw std::runtime_error(name + ":" + std::to_string(number) + ":" + std::to_string(error.column) + ": " +
                                     error.what());
        }
        at = end + 1;
    }
    return lines;
}

} // namespace normforge
