// SPDX-License-Identifier: MIT
// The manual page, in roff: what --help of the program and of every verb says, a section for each verb.
#pragma once

#include "tools/normforge/manual/command_tree.h"

namespace normforge::manual {

/// The text of normforge.1. Its date is that of SOURCE_DATE_EPOCH, where the environment has it; otherwise it has none, so
/// that equal sources give equal pages.
std::string man_page(const Command &program, const std::string &version);

} // namespace normforge::manual
