// SPDX-License-Identifier: MIT
// Writes the manual page, see man_page.h. Of roff it uses the macros of man(7) alone.
#include "tools/normforge/manual/man_page.h"

#include "tools/normforge/common/command_line.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <ctime>
#include <fmt/format.h>
#include <sstream>

namespace normforge::manual {

namespace {

/// What begins the page. Words are neither hyphenated nor set apart: people copy them.
constexpr const char *kHead = R"(.\" Written by `{name} manual`.
.TH {title} 1 "{date}" "{name} {version}" "User Commands"
.nh
.ad l
.SH NAME
{name} \- {summary}
.SH SYNOPSIS
{usage} [\fIARGUMENT\fR]...
.SH DESCRIPTION
{description}
)";

/// Text for roff, where some characters have a meaning and others would become typographic ones.
std::string roff(const std::string &text) {
    std::string result;
    for (const char letter : text) {
        switch (letter) {
        case '\\': result += "\\e"; break;
        case '-': result += "\\-"; break;
        case '\'': result += "\\(aq"; break;
        case '`': result += "\\(ga"; break;
        case '^': result += "\\(ha"; break;
        case '~': result += "\\(ti"; break;
        default: result += letter;
        }
    }
    return result.rfind('.', 0) == 0 ? "\\&" + result : result;
}

/// YYYY-MM-DD, "" without SOURCE_DATE_EPOCH.
std::string date() {
    const char *epoch = std::getenv("SOURCE_DATE_EPOCH");
    if (!epoch) return "";
    const std::time_t seconds = std::strtoll(epoch, nullptr, 10);
    std::tm time{};
    gmtime_r(&seconds, &time);
    char text[sizeof "YYYY-MM-DD"];
    return std::strftime(text, sizeof text, "%Y-%m-%d", &time) > 0 ? text : "";
}

/// Paragraphs as they are; lines that are set in by two spaces, the examples, in the letters of a terminal.
std::string footer(const std::string &text) {
    std::string result;
    bool verbatim = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const bool example = line.rfind("  ", 0) == 0;
        if (example != verbatim) result += example ? ".RS 4\n.EX\n" : ".EE\n.RE\n";
        if (!example && (verbatim || result.empty() || line.rfind("Example", 0) == 0)) result += ".PP\n";
        verbatim = example;
        if (!line.empty()) result += roff(example ? line.substr(2) : line) + "\n";
    }
    return result + (verbatim ? ".EE\n.RE\n" : "");
}

std::string heading_of(const Argument &argument) {
    std::string text;
    for (const std::string &name : argument.names) text += fmt::format("{}\\fB{}\\fR", text.empty() ? "" : ", ", roff(name));
    if (!argument.value.empty()) text += fmt::format("{}\\fI{}\\fR", text.empty() ? "" : " ", roff(argument.value));
    return text + (argument.required && !argument.names.empty() ? " (required)" : "");
}

std::string describe(const Argument &argument) {
    std::string text = fmt::format(".TP\n{}\n{}\n", heading_of(argument), roff(argument.description));
    const auto add = [&](const char *what, const std::string &words) {
        if (!words.empty()) text += fmt::format(".br\n{}: {}\n", what, roff(words));
    };
    add("One of", joined(argument.choices));
    add("Default", argument.default_value);
    return text;
}

std::string usage(const Command &command) {
    std::string text = fmt::format("\\fB{}\\fR [\\fIOPTION\\fR]...", roff(command.path));
    if (!command.verbs.empty()) text += " \\fIVERB\\fR";
    for (const Argument &positional : command.positionals) {
        const std::string value = fmt::format("\\fI{}\\fR{}", roff(positional.value), positional.repeatable ? "..." : "");
        text += positional.required ? " " + value : " [" + value + "]";
    }
    return text;
}

std::string section(const Command &command) {
    std::string text =
        fmt::format(".SS \"{}\"\n{}\n.PP\n{}\n", roff(command.path), usage(command), roff(command.description));
    for (const Argument &positional : command.positionals) text += describe(positional);
    for (const Argument &option : command.options) {
        if (option.names.front() != "--help") text += describe(option); // every command has it
    }
    return text + footer(command.footer);
}

} // namespace

std::string man_page(const Command &program, const std::string &version) {
    std::string title = program.name;
    std::transform(title.begin(), title.end(), title.begin(), [](unsigned char letter) { return std::toupper(letter); });
    std::string text =
        fmt::format(kHead, fmt::arg("name", program.name), fmt::arg("title", title), fmt::arg("version", version),
                    fmt::arg("date", date()), fmt::arg("summary", roff(program.summary())),
                    fmt::arg("usage", usage(program)), fmt::arg("description", roff(program.description)));
    for (const Argument &option : program.options) text += describe(option);
    text += footer(program.footer) + ".SH VERBS\n";
    for (const Command *command : all_commands(program)) {
        if (command != &program) text += section(*command);
    }
    text += ".SH EXIT STATUS\n";
    for (const ExitStatusText &status : kExitStatusTexts)
        text += fmt::format(".TP\n{}\n{}\n", int{status.status}, status.meaning);
    return text;
}

} // namespace normforge::manual
