// SPDX-License-Identifier: MIT
// `normforge manual`: the manual page.
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/manual/man_page.h"
#include "tools/normforge/verbs.h"

#include <normforge/normforge.h>

namespace normforge {

void add_manual(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("manual", "Print the manual page");
    verb->footer("Example:\n"
                 "  normforge manual | man -l -");
    verb->callback([&app] { write_standard_output(manual::man_page(manual::command_tree(app), nf_version())); });
}

} // namespace normforge
