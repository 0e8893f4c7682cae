// SPDX-License-Identifier: MIT
// Machine instructions, taken apart as far as the audit of hot loops needs. LLVM decodes; its Intel syntax, in which a
// memory operand says how many bytes it has, is then read here.
#pragma once

#include "tools/normforge/asm/code_file.h"

#include <optional>
#include <string>
#include <vector>

namespace normforge::assembly {

/// Numbers of the general registers; sub-registers have the number of the whole.
enum GeneralRegister : int { kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi, kR8, kR15 = kR8 + 7, kRip, kNoRegister };

struct MemoryOperand {
    int base = kNoRegister;
    int index = kNoRegister;
    int scale = 1;
    int64_t displacement = 0;
    int bytes = 0;          ///< 0 for lea
    bool broadcast = false; ///< one element, repeated
};

struct Operand {
    enum class Kind { General, Vector, Mask, Immediate, Memory, Other };
    Kind kind = Kind::Other;
    int number = 0;    ///< of a register
    int bytes = 0;     ///< width of a register
    int64_t value = 0; ///< of an immediate
    int mask = 0;      ///< mask register that guards this operand, 0 if none
};

struct Instruction {
    uint64_t address = 0;
    size_t size = 0;
    std::string text; ///< branch targets are absolute
    std::string mnemonic;
    std::vector<Operand> operands;
    MemoryOperand memory;
    bool accesses_memory = false;   ///< through `memory`; lea only computes its address, a prefetch changes no value
    std::optional<uint64_t> target; ///< of a direct jump or call

    bool is(const char *name) const { return mnemonic == name; }
    bool has(const char *part) const { return mnemonic.find(part) != std::string::npos; }
    bool starts(const char *part) const { return mnemonic.rfind(part, 0) == 0; }

    bool is_jump() const { return mnemonic[0] == 'j'; }
    bool is_call() const { return is("call"); }
    bool falls_through() const { return !is("jmp") && !is("ret") && !is("ud2"); }

    bool stores() const;
    bool loads() const;
    bool streams() const { return starts("movnt") || starts("vmovnt"); }
    bool gathers() const { return has("gather") || has("scatter"); }
    /// The mask register that says which elements of memory are accessed: 0 if all are, -1 if a vector register says it.
    int memory_mask() const;
    /// The register that operand 0 names and the instruction writes, kNoRegister if there is none.
    int general_destination() const;
    /// Packed or scalar arithmetic and comparison of floating-point numbers.
    bool is_packed_arithmetic() const;
    bool is_scalar_arithmetic() const;
    /// Bytes of the widest vector register that is named.
    int vector_bytes() const;
};

/// All instructions of a function. Throws std::runtime_error where the bytes are no instruction.
std::vector<Instruction> disassemble(const FunctionCode &function);

} // namespace normforge::assembly
