// SPDX-License-Identifier: MIT
// Reads CLI11's tree of apps and options, see command_tree.h.
#include "tools/normforge/manual/command_tree.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace normforge::manual {

namespace {

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

/// CLI11 writes lists as "[a,b]".
std::string without_brackets(const std::string &text) {
    return text.size() > 1 && text.front() == '[' ? text.substr(1, text.size() - 2) : text;
}

/// Up to where the first clause ends.
std::string first_clause(const std::string &text) {
    size_t end = text.size();
    for (const char *stop : {". ", "; ", ": ", ", e.g.", " (default"}) end = std::min(end, text.find(stop));
    std::string clause = text.substr(0, end);
    if (!clause.empty() && clause.back() == '.') clause.pop_back();
    return clause;
}

/// "a", "b" of "NAME:{a,b}".
std::vector<std::string> choices_in(const std::string &type) {
    const size_t open = type.find('{'), close = type.rfind('}');
    if (open == std::string::npos || close == std::string::npos || (open > 0 && type[open - 1] != ':')) return {};
    return CLI::detail::split(type.substr(open + 1, close - open - 1), ',');
}

Takes what_it_takes(const std::string &value, const std::vector<std::string> &choices) {
    if (value.empty()) return Takes::nothing;
    if (!choices.empty()) return Takes::choice;
    if (value == "FILE" || value == "FILE-OR-DIR") return Takes::file;
    return value == "DIR" ? Takes::directory : Takes::text;
}

Argument argument(const CLI::Option &option) {
    Argument result;
    for (const auto &name : option.get_lnames()) result.names.push_back("--" + name);
    for (const auto &name : option.get_snames()) result.names.push_back("-" + name);
    result.description = one_line(option.get_description());
    result.required = option.get_required();
    if (option.get_items_expected_max() == 0) return result; // a flag
    const std::string type = option.get_type_name();
    result.value = type.substr(0, type.find(':'));
    result.choices = choices_in(type);
    result.takes = what_it_takes(result.value, result.choices);
    if (!option.nonpositional()) result.value = option.get_name(true);
    result.default_value = without_brackets(option.get_default_str());
    result.is_list = option.get_delimiter() != '\0';
    result.repeatable = option.get_items_expected_max() > 1;
    return result;
}

void add_arguments(const CLI::App &app, Command &command) {
    const bool is_group = app.get_name().empty();
    for (const CLI::Option *option : app.get_options()) {
        if (is_group && option == app.get_help_ptr()) continue; // it has one of its own, which --help leaves out, too
        (option->get_positional() ? command.positionals : command.options).push_back(argument(*option));
    }
    for (const CLI::App *group : app.get_subcommands([](const CLI::App *sub) { return sub->get_name().empty(); }))
        add_arguments(*group, command);
}

Command command_at(const CLI::App &app, const std::string &before) {
    Command command;
    command.name = app.get_name();
    command.path = before + command.name;
    command.description = one_line(app.get_description());
    const bool inherited = app.get_parent() && app.get_parent()->get_footer() == app.get_footer(); // CLI11 hands them down
    if (!inherited) command.footer = app.get_footer();
    add_arguments(app, command);
    for (const CLI::App *verb : app.get_subcommands([](const CLI::App *sub) { return !sub->get_name().empty(); }))
        command.verbs.push_back(command_at(*verb, command.path + " "));
    return command;
}

} // namespace

std::string Argument::summary() const {
    return first_clause(description);
}

std::string Command::summary() const {
    return first_clause(description);
}

Command command_tree(const CLI::App &app) {
    return command_at(app, "");
}

std::vector<const Command *> all_commands(const Command &command) {
    std::vector<const Command *> all = {&command};
    for (const Command &verb : command.verbs) {
        const auto below = all_commands(verb);
        all.insert(all.end(), below.begin(), below.end());
    }
    return all;
}

std::string joined(const std::vector<std::string> &words) {
    return fmt::format("{}", fmt::join(words, " "));
}

} // namespace normforge::manual
