// SPDX-License-Identifier: MIT
// The completion script for fish: a line for each verb, option and positional, on condition of the verbs before it.
#include "tools/normforge/manual/completion.h"

#include <fmt/format.h>

namespace normforge::manual {

namespace {

/// What begins every script: {0} is the program, {1} the paths of all verbs, quoted.
constexpr const char *kHead = R"(# Completion of {0} for fish; written by `{0} completion fish`.

# The verbs that were typed, after the program's name.
function __{0}_command
    set -l command {0}
    for word in (commandline -opc)
        if contains -- "$command $word" {1}
            set command "$command $word"
        end
    end
    echo $command
end

function __{0}_in
    test (__{0}_command) = "$argv"
end

# Values separated by commas: completes the last one.
function __{0}_list
    set -l before (string replace --regex --filter -- '^(?:--[^=]*=)?(.*,).*$' '$1' (commandline -ct))
    printf '%s\n' "$before"$argv
end

complete -c {0} -f
)";

std::string quoted(const std::string &text) {
    std::string result = "'";
    for (const char letter : text) {
        if (letter == '\'' || letter == '\\') result += '\\';
        result += letter;
    }
    return result + "'";
}

/// The flags of `complete` that say what the value is.
std::string value_of(const std::string &program, const Argument &argument) {
    switch (argument.takes) {
    case Takes::nothing: return "";
    case Takes::text: return " -x";
    case Takes::file: return " -r -F";
    case Takes::directory: return " -x -a '(__fish_complete_directories)'";
    case Takes::choice:
        return fmt::format(argument.is_list ? " -x -a '(__{}_list {})'" : " -x -a '{1}'", program, joined(argument.choices));
    }
    return "";
}

/// A line for each option, positional and verb of one command.
std::string lines_of(const std::string &program, const Command &command) {
    const std::string begin = fmt::format("complete -c {} -n '__{}_in {}'", program, program, command.path);
    std::string text;
    for (const Command &verb : command.verbs)
        text += fmt::format("{} -a {} -d {}\n", begin, verb.name, quoted(verb.summary()));
    for (const Argument &option : command.options) {
        text += begin;
        for (const std::string &name : option.names)
            text += name[1] == '-' ? " -l " + name.substr(2) : " -s " + name.substr(1);
        text += fmt::format("{} -d {}\n", value_of(program, option), quoted(option.summary()));
    }
    for (const Argument &positional : command.positionals) {
        if (positional.takes == Takes::file) text += begin + " -F\n";
        if (positional.takes == Takes::choice) text += fmt::format("{} -a '{}'\n", begin, joined(positional.choices));
        if (positional.takes == Takes::directory) text += begin + " -a '(__fish_complete_directories)'\n";
    }
    return text;
}

} // namespace

std::string fish_completion(const Command &program) {
    const auto commands = all_commands(program);
    std::string paths, lines;
    for (const Command *command : commands) {
        if (command != &program) paths += (paths.empty() ? "" : " ") + quoted(command->path);
        lines += lines_of(program.name, *command);
    }
    return fmt::format(kHead, program.name, paths) + lines;
}

} // namespace normforge::manual
