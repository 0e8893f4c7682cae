// SPDX-License-Identifier: MIT
// The one place where exceptions end.
#include "tools/normforge/common/command_line.h"

#include "tools/normforge/common/whole_file.h"

#include <cstdio>
#include <fmt/format.h>
#include <memory>

namespace normforge {

namespace {

/// CLI11's help, with the exit statuses at its end.
class HelpFormatter : public CLI::Formatter {
public:
    std::string make_footer(const CLI::App *app) const override {
        std::string footer = app->get_footer().empty() ? "" : CLI::Formatter::make_footer(app) + "\n";
        const char *before = "Exit status: ";
        for (const ExitStatusText &text : kExitStatusTexts) {
            footer += fmt::format("{}{} {}", before, int{text.status}, text.meaning);
            before = ", ";
        }
        return footer + ".\n";
    }
};

/// Verbs take the formatter of the program when they are added, before this.
void set_formatter(CLI::App &app, const std::shared_ptr<CLI::FormatterBase> &formatter) {
    app.formatter(formatter);
    for (CLI::App *verb : app.get_subcommands(nullptr)) set_formatter(*verb, formatter);
}

int report(const CLI::App &app, const char *what, ExitStatus status) {
    const std::string line = fmt::format("{}: {}\n", app.get_name(), what);
    std::fputs(line.c_str(), stderr); // fmt::print() throws where the terminal has gone
    return status;
}

int parse(CLI::App &app, int argc, char **argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) { // also how CLI11 reports --help and --version, with status 0
        return app.exit(error) == 0 ? kExitOk : kExitBadInput;
    } catch (const CheckFailed &error) {
        return report(app, error.what(), kExitCheckFailed);
    } catch (const Interrupted &error) {
        return report(app, error.what(), kExitInterrupted);
    } catch (const std::exception &error) {
        return report(app, error.what(), kExitBadInput);
    }
    return kExitOk;
}

} // namespace

int run_command_line(CLI::App &app, int argc, char **argv) {
    set_formatter(app, std::make_shared<HelpFormatter>());
    const int status = parse(app, argc, argv);
    try {
        write_standard_output(""); // what is still in the buffer: a full disk must not look like success
    } catch (const std::exception &error) {
        return status == kExitOk ? report(app, error.what(), kExitBadInput) : status;
    }
    return status;
}

} // namespace normforge
