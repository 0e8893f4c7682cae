// SPDX-License-Identifier: MIT
// Completion scripts: verbs, options, the choices of an option, files where files are expected. Each is one text that works
// when sourced and where the shell loads it by its name.
#pragma once

#include "tools/normforge/manual/command_tree.h"

namespace normforge::manual {

std::string bash_completion(const Command &program);
std::string zsh_completion(const Command &program);
std::string fish_completion(const Command &program);

} // namespace normforge::manual
