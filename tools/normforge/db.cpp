// SPDX-License-Identifier: MIT
// `normforge db`: looks into tuning databases, merges and checks them, and exports journals. Its verbs are in db/.
#include "tools/normforge/db/verbs.h"

#include "tools/normforge/verbs.h"

#include <fmt/format.h>

namespace normforge {

void warn(const std::vector<std::string> &lines) {
    for (const std::string &line : lines) fmt::print(stderr, "normforge: {}\n", line);
}

void add_db(CLI::App &app) {
    CLI::App *verb = app.add_subcommand("db", "Show, merge and check tuning databases; export journals");
    verb->require_subcommand(1);
    verb->footer("Example:\n  normforge db list --target x86-64-avx512\n  normforge db check mine.json\n"
                 "Each has its own --help: normforge db merge --help");
    add_db_list(*verb);
    add_db_merge(*verb);
    add_db_check(*verb);
    add_db_export(*verb);
}

} // namespace normforge
