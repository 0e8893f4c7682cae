// SPDX-License-Identifier: MIT
// What the audit must know of an architecture; all else is the same for x86-64 and arm-64.
#pragma once

#include "tools/normforge/asm/instruction.h"

#include <array>
#include <string_view>

namespace normforge::assembly {

class MachineState;

struct CallingConvention {
    int stack_pointer;
    std::array<int, 5> parameters; ///< registers of the first ones
    int64_t pushed;                ///< bytes that a call puts onto the stack
    uint32_t lost;                 ///< general registers that a called function may change, a bit for each
};

struct Architecture {
    const char *name;             ///< as in runtime/targets.h
    uint16_t machine;             ///< e_machine of an ELF file
    uint32_t relative_relocation; ///< type of a pointer into the same ELF file
    const char *triple;           ///< LLVM's name
    const char *features;         ///< that LLVM's disassembler needs to know every instruction
    uint64_t print_option;        ///< of LLVM's disassembler: the syntax that `read` reads
    CallingConvention calls;

    /// Takes LLVM's text of an instruction apart. Address and size are set before.
    void (*read)(std::string_view text, Instruction &instruction);
    /// Carries out an instruction that is no call. What it writes and the audit need not know becomes unknown.
    void (*step)(const Instruction &instruction, MachineState &state);
};

extern const Architecture kX86, kArm;

/// The one with this e_machine, null if it is not understood.
const Architecture *find_architecture(uint16_t machine);

} // namespace normforge::assembly
