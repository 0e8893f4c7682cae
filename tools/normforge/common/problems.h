// SPDX-License-Identifier: MIT
// Which problems a verb works on: the positional PROBLEM... and --shapes FILE, the same for every verb.
#pragma once

#include "runtime/problem.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace normforge {

class ProblemOptions {
public:
    void add_to(CLI::App &verb);

    /// Nothing was named on the command line.
    bool empty() const { return texts_.empty() && files_.empty(); }

    /// The problems of the command line, then those of the shape files, in the order given.
    /// Throws std::runtime_error that shows where a text is wrong, or if nothing was named.
    std::vector<ShapeLine> read() const;

private:
    std::vector<std::string> texts_;
    std::vector<std::string> files_;
};

/// parse_problem() for a text from the command line: an error shows the text with a mark under the column.
Problem parse_problem_argument(const std::string &text);

} // namespace normforge
