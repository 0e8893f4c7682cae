// SPDX-License-Identifier: MIT
// The completion script for bash. It asks nothing of the package bash-completion but to load it.
#include "tools/normforge/manual/completion.h"

#include <fmt/format.h>

namespace normforge::manual {

namespace {

/// What begins every script: {0} is the program, {1} the paths of all verbs as patterns of `case`.
constexpr const char *kHead = R"(# Completion of {0} for bash; written by `{0} completion bash`.

# Offers the words that go on from the one at the cursor.
_{0}_words() {{
    COMPREPLY=($(compgen -W "$1" -- "$current"))
}}

# The same for values separated by commas: completes the last one.
_{0}_list() {{
    local before=
    [[ $current == *,* ]] && before=${{current%,*}},
    COMPREPLY=($(compgen -P "$before" -W "$1" -- "${{current##*,}}"))
    compopt -o nospace
}}

# Leaves it to readline, which knows about quotes and ~.
_{0}_files() {{
    compopt -o default
}}

_{0}_directories() {{
    compopt -o dirnames
}}

_{0}() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}} command={0} i
    COMPREPLY=()
    # bash takes --option=value for three words
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$command ${{COMP_WORDS[i]}}" in
        {1}) command="$command ${{COMP_WORDS[i]}}" ;;
        esac
    done
)";

/// The command of the script that completes a value.
std::string completer(const std::string &program, const Argument &argument) {
    switch (argument.takes) {
    case Takes::choice:
        return fmt::format("_{}_{} '{}'", program, argument.is_list ? "list" : "words", joined(argument.choices));
    case Takes::file: return fmt::format("_{}_files", program);
    case Takes::directory: return fmt::format("_{}_directories", program);
    default: return ":"; // free text
    }
}

/// "'normforge gen --set' | 'normforge gen -s'"
std::string pattern(const Command &command, const std::vector<std::string> &words) {
    std::string text;
    for (const auto &word : words) text += fmt::format("{}'{} {}'", text.empty() ? "" : " | ", command.path, word);
    return text;
}

/// The words and files that may stand where no option's value does.
std::string words_and_files(const std::string &program, const Command &command) {
    std::vector<std::string> words, options;
    std::string others;
    for (const Command &verb : command.verbs) words.push_back(verb.name);
    for (const Argument &positional : command.positionals) {
        words.insert(words.end(), positional.choices.begin(), positional.choices.end());
        if (positional.choices.empty()) others = "        " + completer(program, positional) + "\n";
    }
    for (const Argument &option : command.options) options.insert(options.end(), option.names.begin(), option.names.end());
    return fmt::format(
        "    '{1}')\n"
        "        if [[ $current == -* ]]; then\n            _{0}_words '{2}'\n            return\n        fi\n"
        "        _{0}_words '{3}'\n{4}        ;;\n",
        program, command.path, joined(options), joined(words), others);
}

} // namespace

std::string bash_completion(const Command &program) {
    const auto commands = all_commands(program);
    std::string paths, values, words;
    for (const Command *command : commands) {
        if (command != &program) paths += fmt::format("{}'{}'", paths.empty() ? "" : " | ", command->path);
        for (const Argument &option : command->options) {
            if (option.takes == Takes::nothing) continue;
            values += fmt::format("    {})\n        {}\n        return\n        ;;\n", pattern(*command, option.names),
                                  completer(program.name, option));
        }
        words += words_and_files(program.name, *command);
    }
    return fmt::format(kHead, program.name, paths) + "    case \"$command $previous\" in\n" + values +
           "    esac\n    case $command in\n" + words + fmt::format("    esac\n}}\ncomplete -F _{0} {0}\n", program.name);
}

} // namespace normforge::manual
