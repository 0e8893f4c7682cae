// SPDX-License-Identifier: MIT
// A command line with everything that completion scripts and manual pages must bear: verbs below verbs, option groups,
// letters that shells and roff take for their own. `nested completion SHELL` and `nested manual` print the texts; nothing
// else is done.
#include "tools/normforge/common/command_line.h"
#include "tools/normforge/manual/completion.h"
#include "tools/normforge/manual/man_page.h"

#include <iostream>
#include <map>

int main(int argc, char **argv) {
    namespace manual = normforge::manual;
    CLI::App app("Backslash \\n, 'single' and \"double\" quotes, $HOME, `date`, [brackets]: and .dots", "nested");
    std::string file, word, shell;
    std::vector<std::string> words;
    CLI::App *store = app.add_subcommand("store", "It's [one]: of `two` $words")->require_subcommand(1);
    store->footer("'A line that roff would take for a request\nExample:\n  .nested store list 'a\\b' ~/c^d\nlast line");
    CLI::App *list = store->add_subcommand("list", "List 'what' is [there]; $HOME");
    CLI::App *group = list->add_option_group("how");
    group->add_option("-s,--sort", word, "It's sorted [up] or [down]: \\ that way")->check(CLI::IsMember({"up", "down"}));
    list->add_option("--columns", words, "Which")->delimiter(',')->check(CLI::IsMember({"name", "size", "date"}));
    CLI::App *merge = store->add_subcommand("merge", "Merge files");
    merge->add_option("FILE", words, "Files to merge")->type_name("FILE")->required();
    merge->add_option("--into", word, "Where to")->type_name("DIR");
    app.add_subcommand("stop", "Nothing");
    app.add_subcommand("manual")->callback([&] { std::cout << manual::man_page(manual::command_tree(app), "1.0"); });
    CLI::App *completion = app.add_subcommand("completion");
    completion->add_option("SHELL", shell)->required();
    completion->callback([&] {
        const std::map<std::string, std::string (*)(const manual::Command &)> writers = {
            {"bash", manual::bash_completion}, {"zsh", manual::zsh_completion}, {"fish", manual::fish_completion}};
        std::cout << writers.at(shell)(manual::command_tree(app));
    });
    return normforge::run_command_line(app, argc, argv);
}
