// SPDX-License-Identifier: MIT
// The command line as plain data: verbs, options, what their values are. Completion scripts and the manual page are written
// from it, so that a new verb or option needs nothing but to be added to CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace normforge::manual {

/// What a value is, as the type name says that CLI11 shows in --help: FILE, FILE-OR-DIR, DIR, `{a,b}`, or something else.
enum class Takes { nothing, text, file, directory, choice };

/// An option or a positional argument.
struct Argument {
    std::vector<std::string> names; ///< "--json", "-h"; of a positional none
    std::string value;              ///< what stands for the value: "FILE"; of a flag ""
    std::string default_value;      ///< "" if --help shows none
    std::string description;        ///< on one line
    Takes takes = Takes::nothing;
    std::vector<std::string> choices; ///< in the order of --help
    bool is_list = false;             ///< values separated by commas
    bool required = false;
    bool repeatable = false;

    /// The first clause of the description, for the menus of shells.
    std::string summary() const;
};

struct Command {
    std::string path; ///< with the words before it: "normforge gen"
    std::string name; ///< the last word
    std::string description, footer;
    std::vector<Argument> options, positionals;
    std::vector<Command> verbs;

    std::string summary() const;
};

Command command_tree(const CLI::App &app);

/// This command and all below it, in the order of --help.
std::vector<const Command *> all_commands(const Command &command);

/// The names of an option, or of the choices, with spaces between.
std::string joined(const std::vector<std::string> &words);

} // namespace normforge::manual
