// SPDX-License-Identifier: MIT
// Entry of the command line `normforge`: puts the verbs together.
#include "tools/normforge/verbs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <normforge/normforge.h>

namespace {

/// CLI11's own texts for wrong usage, in the form of every other error of this program, except where they do not say enough.
std::string describe_usage_error(const CLI::App *app, const CLI::Error &error) {
    const auto chosen = app->get_subcommands();
    if (!chosen.empty()) {
        return fmt::format("normforge: {}\nRun `normforge {} --help` for the options.\n", error.what(),
                           chosen.front()->get_name());
    }
    std::vector<std::string> verbs;
    for (const CLI::App *verb : app->get_subcommands({})) verbs.push_back(verb->get_name());
    const auto words = app->remaining();
    const std::string what = words.empty()                      ? "no verb given"
                             : words.front().rfind('-', 0) == 0 ? fmt::format("unknown option '{}'", words.front())
                                                                : fmt::format("'{}' is not a verb", words.front());
    return fmt::format("normforge: {}, expected one of: {}\nRun `normforge --help` for what they do.\n", what,
                       fmt::join(verbs, ", "));
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Batch normalisation kernels, compiled ahead of time: generate, verify, measure, inspect.", "normforge");
    app.set_version_flag("--version", fmt::format("normforge {}", nf_version()));
    app.require_subcommand(1);
    app.failure_message(describe_usage_error);
    app.footer("Each verb has its own --help.\nExample:\n  normforge bench --help");
    normforge::add_gen(app);
    normforge::add_verify(app);
    normforge::add_bench(app);
    normforge::add_info(app);
    normforge::add_shapes(app);
    normforge::add_tune(app);
    normforge::add_db(app);
    normforge::add_report(app);
    normforge::add_completion(app);
    normforge::add_manual(app);
    return normforge::run_command_line(app, argc, argv);
}
