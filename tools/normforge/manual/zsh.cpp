// SPDX-License-Identifier: MIT
// The completion script for zsh: one function for each command, with _arguments of zsh's own completion system.
#include "tools/normforge/manual/completion.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::manual {

namespace {

/// Within single quotes, where _arguments gives [, ], : and \ a meaning.
std::string escaped(const std::string &text) {
    std::string result;
    for (const char letter : text) {
        if (letter == '\'')
            result += "'\\''";
        else if (std::string_view("[]:\\").find(letter) != std::string_view::npos)
            result += std::string("\\") + letter;
        else
            result += letter;
    }
    return result;
}

/// "_normforge_gen" of "normforge gen".
std::string function_of(const Command &command) {
    std::string name = "_" + command.path;
    std::replace(name.begin(), name.end(), ' ', '_');
    return name;
}

/// ":FILE:_files", the part about the value in an argument's specification.
std::string value_of(const Argument &argument) {
    std::string how = " "; // free text: nothing to offer
    if (argument.takes == Takes::file) how = "_files";
    if (argument.takes == Takes::directory) how = "_files -/";
    if (argument.takes == Takes::choice) {
        how = argument.is_list ? "_sequence compadd - " + joined(argument.choices) : "(" + joined(argument.choices) + ")";
    }
    return fmt::format(":{}:{}", escaped(argument.value), how);
}

std::string options_of(const Command &command) {
    std::string text;
    for (const Argument &option : command.options) {
        const std::string value = option.takes == Takes::nothing ? "" : value_of(option);
        for (const std::string &name : option.names) {
            const std::string excludes = option.repeatable ? "*" : "(" + joined(option.names) + ")";
            text += fmt::format(" \\\n        '{}{}{}[{}]{}'", excludes, name, value.empty() || name[1] != '-' ? "" : "=",
                                escaped(option.summary()), value);
        }
    }
    return text;
}

std::string positionals_of(const Command &command) {
    std::string text;
    for (const Argument &positional : command.positionals)
        text += fmt::format(" \\\n        '{}{}'", positional.repeatable ? "*" : "", value_of(positional));
    return text;
}

/// The function of a command that has verbs: offers them, and hands over to the one that was typed.
std::string function_with_verbs(const Command &command) {
    std::string names, branches;
    for (const Command &verb : command.verbs) {
        names += fmt::format(" \\\n            '{}:{}'", verb.name, escaped(verb.summary()));
        branches += fmt::format("        {}) {} ;;\n", verb.name, function_of(verb));
    }
    return fmt::format("{}() {{\n    local state line curcontext=$curcontext\n    local -a verbs\n"
                       "    _arguments -C{} \\\n        '1: :->verb' '*:: :->rest'\n    case $state in\n"
                       "    verb)\n        verbs=({})\n        _describe verb verbs\n        ;;\n"
                       "    rest)\n        case $line[1] in\n{}        esac\n        ;;\n    esac\n}}\n\n",
                       function_of(command), options_of(command), names, branches);
}

} // namespace

std::string zsh_completion(const Command &program) {
    std::string text =
        fmt::format("#compdef {0}\n# Completion of {0} for zsh; written by `{0} completion zsh`.\n\n", program.name);
    for (const Command *command : all_commands(program)) {
        text += command->verbs.empty() ? fmt::format("{}() {{\n    _arguments{}{}\n}}\n\n", function_of(*command),
                                                     options_of(*command), positionals_of(*command))
                                       : function_with_verbs(*command);
    }
    // Loaded by its name it is the body of the function and does the work; sourced it only says what completes the program.
    return text + fmt::format("if [[ $funcstack[1] == _{0} ]]; then\n    _{0} \"$@\"\nelse\n    compdef _{0} {0}\nfi\n",
                              program.name);
}

} // namespace normforge::manual
