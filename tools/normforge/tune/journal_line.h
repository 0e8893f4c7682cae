// SPDX-License-Identifier: MIT
// A measurement as a line of the journal, and back.
#pragma once

#include "tools/normforge/tune/journal.h"

#include <string>

namespace normforge {

/// The line, its newline included. Throws std::invalid_argument if parse_journal_line() would refuse it.
std::string journal_line(const Measurement &measurement);

/// The inverse, without newline. Throws std::invalid_argument that names the field.
Measurement parse_journal_line(const std::string &line);

} // namespace normforge
