// SPDX-License-Identifier: MIT
// The parts of x86-64, put together in steps.cpp.
#pragma once

#include "tools/normforge/asm/architecture.h"

namespace normforge::assembly::x86 {

enum GeneralRegister : int { kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR15 = kR8 + 7, kRip };

/// Reads LLVM's Intel syntax, in which a memory operand says how many bytes it has.
void read(std::string_view text, Instruction &instruction);

/// Fills in what the instruction does, once mnemonic and operands are there.
void note_facts(Instruction &instruction);

/// The register that operand 0 names and the instruction writes, kNoRegister if there is none.
int general_destination(const Instruction &instruction);

} // namespace normforge::assembly::x86
