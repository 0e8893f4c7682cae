// SPDX-License-Identifier: MIT
// The verbs of `normforge db`. Each defines its add_db_<verb>(), as the verbs of the program do.
#pragma once

#include "tools/normforge/common/command_line.h"

#include <string>
#include <vector>

namespace normforge {

void add_db_list(CLI::App &db);
void add_db_merge(CLI::App &db);
void add_db_check(CLI::App &db);
void add_db_export(CLI::App &db);

/// Prints lines to standard error, each as this program's.
void warn(const std::vector<std::string> &lines);

} // namespace normforge
