// SPDX-License-Identifier: MIT
// What the readers of LLVM's texts share.
#pragma once

#include "tools/normforge/asm/instruction.h"

#include <string_view>

namespace normforge::assembly {

/// Sets mnemonic and text of an instruction "\tadd\tx0, x1, x2"; returns the operands.
std::string_view take_mnemonic(std::string_view text, Instruction &instruction);

/// A whole number, decimal or with 0x. Bit patterns of 64 bits come out negative.
int64_t number(std::string_view text);

inline bool starts(std::string_view text, std::string_view part) {
    return text.substr(0, part.size()) == part;
}

} // namespace normforge::assembly
