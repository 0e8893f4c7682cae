// SPDX-License-Identifier: MIT
// Facts of an instruction that follow from its operands on every architecture.
#include "tools/normforge/asm/instruction.h"

#include <algorithm>

namespace normforge::assembly {

int Instruction::vector_bytes() const {
    int bytes = 0;
    for (const Operand &operand : operands)
        if (operand.kind == Operand::Kind::Vector) bytes = std::max(bytes, operand.bytes);
    return bytes;
}

} // namespace normforge::assembly
