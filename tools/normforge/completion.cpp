// SPDX-License-Identifier: MIT
// `normforge completion`: scripts for shells.
#include "tools/normforge/manual/completion.h"

#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/verbs.h"

#include <memory>

namespace normforge {

namespace {

void print_completion(const CLI::App &app, const std::string &shell) {
    const manual::Command program = manual::command_tree(app);
    write_standard_output(shell == "bash"  ? manual::bash_completion(program)
                          : shell == "zsh" ? manual::zsh_completion(program)
                                           : manual::fish_completion(program));
}

} // namespace

void add_completion(CLI::App &app) {
    auto shell = std::make_shared<std::string>();
    CLI::App *verb = app.add_subcommand("completion", "Print a script that completes this command line in a shell");
    verb->add_option("SHELL", *shell, "The shell it is for")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    verb->footer("Example:\n"
                 "  source <(normforge completion bash)\n"
                 "  normforge completion fish > normforge.fish\n"
                 "An installed normforge has all three where the shells look for them, below share/.");
    verb->callback([&app, shell] { print_completion(app, *shell); });
}

} // namespace normforge
