// SPDX-License-Identifier: MIT
// Writes results so that nobody ever sees half of them.
#pragma once

#include <string>

namespace normforge {

/// Writes the file as a whole, or leaves what was there, even if the system crashes meanwhile. A pipe or a device is written
/// to as it is. Throws std::runtime_error with the file and the system's reason.
void write_whole_file(const std::string &path, const std::string &text);

/// Writes to standard output. Throws std::runtime_error where that is closed, or full.
void write_standard_output(const std::string &text);

} // namespace normforge
