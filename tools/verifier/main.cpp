// SPDX-License-Identifier: MIT
// Entry of normforge-verify: `normforge verify` as a program of its own, static and with the default kernel set inside, for
// machines that are reached through a launcher (`normforge verify --runner`) and may have nothing else.
#include "tools/normforge/common/command_line.h"
#include "tools/verifier/verification.h"

#include <fmt/format.h>
#include <normforge/normforge.h>

int main(int argc, char **argv) {
    CLI::App app("Compare every variant of the default kernel set that fits with the float64 reference.",
                 "normforge-verify");
    app.set_version_flag("--version", fmt::format("normforge-verify {}", nf_version()));
    app.failure_message([](const CLI::App *program, const CLI::Error &error) {
        return fmt::format("{0}: {1}\nRun `{0} --help` for the options.\n", program->get_name(), error.what());
    });
    app.footer("Exit status 1 if an error is over its bound.\n"
               "Example:\n  normforge-verify --shapes benchmarks/shapes/edge_cases.txt");
    normforge::VerifyOptions options;
    options.command = app.get_name();
    options.add_to(app);
    app.callback([&] { verify(options); });
    return normforge::run_command_line(app, argc, argv);
}
