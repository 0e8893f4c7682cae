// SPDX-License-Identifier: MIT
// Where what a user's machine has learnt is kept, as the XDG base directory specification says.
#pragma once

#include <string>

namespace normforge {

/// $XDG_DATA_HOME/normforge or, where that is unset, empty or not absolute, $HOME/.local/share/normforge. Nothing is
/// created. Throws std::runtime_error where neither variable helps.
std::string user_data_folder();

/// The journal of all measurements for a target: journal/<target>.jsonl in the user's folder.
std::string user_journal(const std::string &target);

/// The user's database for a target: tuned/<target>.json in the user's folder.
std::string user_database(const std::string &target);

} // namespace normforge
