// SPDX-License-Identifier: MIT
// Reads the problems named on the command line; errors point at the column.
#include "tools/normforge/common/problems.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

void ProblemOptions::add_to(CLI::App &verb) {
    verb.add_option("PROBLEM", texts_, "A problem string, e.g. forward_train:f32:nchw:32x64x112x112:relu");
    verb.add_option("--shapes", files_, "Shape file: a problem per line, `PROBLEM [*COUNT] [# text]`; may be repeated")
        ->allow_extra_args(false)
        ->type_name("FILE");
}

std::vector<ShapeLine> ProblemOptions::read() const {
    std::vector<ShapeLine> lines;
    for (const auto &text : texts_) {
        ShapeLine line;
        line.problem = parse_problem_argument(text);
        lines.push_back(line);
    }
    for (const auto &file : files_) {
        const auto read = read_shape_file(file);
        if (read.empty()) throw std::runtime_error(fmt::format("{}: holds no problem", file));
        lines.insert(lines.end(), read.begin(), read.end());
    }
    if (lines.empty()) throw std::runtime_error("no problem given; expected PROBLEM... or --shapes FILE");
    return lines;
}

Problem parse_problem_argument(const std::string &text) {
    try {
        return parse_problem(text);
    } catch (const ProblemError &error) {
        throw std::runtime_error(fmt::format("{}\n  {}\n  {:>{}}", error.what(), text, '^', error.column));
    }
}

} // namespace normforge
