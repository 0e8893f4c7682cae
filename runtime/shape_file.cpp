// SPDX-License-Identifier: MIT
// Shape files: one problem a line, shared by tests, bench and tuner. The problem itself is read by problem.cpp.
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

/// Reads one line; nothing if it holds no problem. Columns of ProblemError are those of the line.
bool parse_line(std::string_view line, ShapeLine &result) {
    const size_t hash = std::min(line.find('#'), line.size());
    if (hash < line.size()) result.comment = trimmed(line.substr(hash + 1));
    const std::string_view content = line.substr(0, hash);
    const size_t start = content.find_first_not_of(kBlanks);
    if (start == std::string_view::npos) return false;
    const size_t end = std::min(content.find_first_of(kBlanks, start), content.size());
    try {
        result.problem = parse_problem(content.substr(start, end - start));
    } catch (const ProblemError &error) {
        throw ProblemError(error.what(), error.column + start);
    }
    const std::string_view rest = trimmed(content.substr(end));
    if (rest.empty()) return true;
    int64_t count = 0;
    const char *stop = rest.front() == '*' ? read_number(rest.substr(1), count) : nullptr;
    if (stop != rest.data() + rest.size() || count < 1 || count > 1'000'000)
        throw ProblemError("got \"" + std::string(rest) +
                               "\" after the problem, expected *COUNT, a whole number from 1 to 1000000",
                           static_cast<size_t>(rest.data() - line.data()) + 1);
    result.count = static_cast<int>(count);
    return true;
}

} // namespace

std::vector<ShapeLine> read_shape_file(const std::string &path) {
    const auto text = read_text(path);
    if (!text) throw std::runtime_error(path + ": cannot be read");
    std::vector<ShapeLine> lines;
    int number = 0;
    for (size_t at = 0; at < text->size();) {
        const size_t end = std::min(text->find('\n', at), text->size());
        ShapeLine line;
        line.line = ++number;
        try {
            if (parse_line(std::string_view(*text).substr(at, end - at), line)) lines.push_back(line);
        } catch (const ProblemError &error) {
            throw std::runtime_error(path + ":" + std::to_string(number) + ":" + std::to_string(error.column) + ": " +
                                     error.what());
        }
        at = end + 1;
    }
    return lines;
}

} // namespace normforge
