// SPDX-License-Identifier: MIT
// LLVM decodes, the architecture's reader takes its text apart.
#pragma once

#include "tools/normforge/asm/code_file.h"

namespace normforge::assembly {

/// All instructions of a function. Throws std::runtime_error where the bytes are no instruction.
std::vector<Instruction> disassemble(const Architecture &architecture, const FunctionCode &function);

} // namespace normforge::assembly
