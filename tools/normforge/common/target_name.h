// SPDX-License-Identifier: MIT
// Names of targets on the command line: those of runtime/targets.h, and a word for this machine.
#pragma once

#include <CLI/CLI.hpp>

namespace normforge {

/// Stands for this machine where a target is asked for.
inline constexpr const char *kNative = "native";

/// Refuses what is neither kNative nor a target, and lists the choices.
extern const CLI::Validator kTargetName;

} // namespace normforge
