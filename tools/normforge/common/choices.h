// SPDX-License-Identifier: MIT
// Options that take one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace normforge {

/// "{f32,f64}" for "f32, f64": how a validator's description says the choices, here as in CLI::IsMember, so that --help
/// shows them and shells complete them (manual/command_tree.h reads them there).
std::string braced(const std::string &choices);

/// Describes an option's choices, "f32, f64", and checks nothing: for options with a check and an error text of their own.
CLI::Validator described_choices(const std::string &choices);

} // namespace normforge
