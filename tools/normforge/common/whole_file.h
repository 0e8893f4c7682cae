// SPDX-License-Identifier: MIT
// Reads files, and writes results so that nobody ever sees half of them.
#pragma once

#include <stdexcept>
#include <string>

namespace normforge {

/// The text of a file. Throws std::runtime_error with the file and the system's reason.
std::string read_whole_file(const std::string &path);

/// Writes the file as a whole, or leaves what was there, even if the system crashes meanwhile. A pipe or a device is written
/// to as it is. The file keeps its permissions. Throws std::runtime_error with the file and the system's reason.
void write_whole_file(const std::string &path, const std::string &text);

/// Makes a file that was created or renamed in the folder (empty: the current one) be there after a crash of the system.
/// Returns errno, 0 for success.
int keep_names(const std::string &folder);

/// What is thrown where a file cannot be written; error: errno.
std::runtime_error cannot_write(const std::string &path, int error);

/// Writes to standard output. Throws std::runtime_error where that is closed, or full.
void write_standard_output(const std::string &text);

} // namespace normforge
