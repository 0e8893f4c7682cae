// SPDX-License-Identifier: MIT
// The parts of arm-64, put together in steps.cpp.
#pragma once

#include "tools/normforge/asm/architecture.h"

namespace normforge::assembly::arm {

/// x0 to x30 have their own numbers; the zero register is an immediate of 0.
inline constexpr int kLinkRegister = 30, kStackPointer = 31;

/// Reads the syntax of Arm's manual, as LLVM prints it.
void read(std::string_view text, Instruction &instruction);

/// Fills in what the instruction does, once mnemonic and operands are there.
void note_facts(Instruction &instruction);

} // namespace normforge::assembly::arm
