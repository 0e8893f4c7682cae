// SPDX-License-Identifier: MIT
// For the error about a name that is none: which names were meant?
#pragma once

#include <string>
#include <vector>

namespace normforge {

/// The few choices with the fewest letters to insert, delete or replace, nearest first.
std::vector<std::string> near_matches(const std::string &name, std::vector<std::string> choices);

} // namespace normforge
