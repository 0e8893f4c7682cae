// SPDX-License-Identifier: MIT
// The verbs of the command line. One file per verb defines its add_<verb>(): it adds the subcommand with its options, a
// footer with an example, and a callback that does the work. run_command_line() turns what a callback throws into the exit
// status.
#pragma once

#include "tools/normforge/common/command_line.h"

namespace normforge {

void add_gen(CLI::App &app);
void add_verify(CLI::App &app);
void add_bench(CLI::App &app);
void add_info(CLI::App &app);
void add_shapes(CLI::App &app);
void add_tune(CLI::App &app);
void add_db(CLI::App &app);
void add_report(CLI::App &app);
void add_completion(CLI::App &app);
void add_manual(CLI::App &app);

} // namespace normforge
