// SPDX-License-Identifier: MIT
// `normforge verify --runner`: starts normforge-verify through a launcher, an emulator or ssh to a board, and hands it the
// problems.
#pragma once

#include "tools/normforge/common/target_name.h"
#include "tools/verifier/verification.h"

#include <CLI/CLI.hpp>
#include <string>

namespace normforge {

struct LaunchOptions {
    std::string target = kNative;
    std::string runner;   ///< empty: no launcher
    std::string verifier; ///< as the launcher finds it; empty: the one installed with this program
};

/// Refuses a runner that is empty or says nowhere where the verifier goes.
extern const CLI::Validator kRunner;

/// Throws std::runtime_error, which says that a runner is needed, if this machine cannot run code for the target.
void require_target_here(const std::string &target);

/// Checks the problems, then runs the verifier on them; its output is this program's. Throws as verify() does, and
/// std::runtime_error if the launcher could not run it.
void launch_verifier(const LaunchOptions &launch, const VerifyOptions &options);

} // namespace normforge
