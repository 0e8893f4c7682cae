// SPDX-License-Identifier: MIT
// Tells compilations that fail for their own reasons from those that fail because nothing can be compiled here.
#pragma once

#include <exception>
#include <string>

namespace normforge {

/// What a program that failed said last, which is what is wrong: the last line of an exception's text.
std::string last_line(const std::string &text);

/// Whether a compilation failed because a compiler or a linker got no memory: that is its candidate's failure, since others
/// take less.
bool is_out_of_memory(const std::exception &failure);

/// Throws RunStopped with the reason if a compilation that wrote to `folder` failed because of the machine: the disk is
/// full, a file would be too large, the compiler is not there or cannot be started. Tries a file beside the folder, of a
/// name like it.
void require_environment(const std::string &folder, const std::exception &failure);

} // namespace normforge
