// SPDX-License-Identifier: MIT
// Which problems a verb works on: the positional PROBLEM... and --shapes FILE (`-`: standard input), the same
// for every verb.
#pragma once

#include "runtime/problem.h"

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace normforge {

class ProblemOptions {
public:
    void add_to(CLI::App &verb);

    /// The problems of the command line, then those of the shape files, in the order given.
    /// Throws std::runtime_error that shows where a text is wrong, or if nothing was named.
    std::vector<ShapeLine> read() const;

private:
    std::vector<std::string> texts_;
    std::vector<std::string> files_;
};

/// The problems of one shape file, at least one; "-": of standard input. Throws std::runtime_error with file, line and
/// column.
std::vector<ShapeLine> read_shapes(const std::string &file);

/// What errors call a shape file.
std::string shapes_name(const std::string &file);

/// Throws std::runtime_error, which names the problem and says why, if no machine could run it: the library refuses it, or
/// `offset` is no multiple of the element.
void require_valid(const Problem &problem);

/// For verbs that run problems, before the first runs: throws std::runtime_error, which names the problem and says why, if
/// no kernel could serve it on this machine: it is not valid, the library refuses it here, or its tensors do not fit in
/// memory. Whether a variant serves it is not asked.
void require_usable(const Problem &problem);

/// "not enough memory: the tensors alone take 51539607552 bytes", for a problem that passed require_usable().
std::string memory_text(const Problem &problem);

/// Refuses an empty text, which otherwise looks as if the option had not been given.
extern const CLI::Validator kNotEmpty;

/// parse_problem() for a text from the command line: an error shows the text with a mark under the column.
Problem parse_problem_argument(const std::string &text);

} // namespace normforge
