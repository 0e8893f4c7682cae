// SPDX-License-Identifier: MIT
// Machine instructions, taken apart as far as the audit of hot loops needs: the same facts for every architecture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace normforge::assembly {

/// General registers have the numbers of their architecture; sub-registers have the number of the whole.
inline constexpr int kGeneralRegisters = 32;
/// Not a register.
inline constexpr int kNoRegister = -1;
/// A register that is not followed: half of one, or a vector of addresses.
inline constexpr int kOtherRegister = -2;

struct MemoryOperand {
    int base = kNoRegister;
    int index = kNoRegister;
    int64_t scale = 1;
    int64_t displacement = 0;
    int64_t base_step = 0;                ///< what the base is moved by; base and displacement count from before
    int base_step_register = kNoRegister; ///< the same, in a register
    int bytes = 0;                        ///< 0 where only the address is computed
    bool broadcast = false;               ///< one element, repeated
};

struct Operand {
    enum class Kind { General, Vector, Mask, Immediate, Memory, Other };
    Kind kind = Kind::Other;
    int number = 0;    ///< of a register
    int bytes = 0;     ///< width of a register
    int64_t value = 0; ///< of an immediate
    int mask = 0;      ///< mask register that guards this operand, 0 if none
    int lane = 0;      ///< bytes of an element of a vector register, 0 where the operand does not say
    int element = -1;  ///< the only element of a vector register that is meant, -1 for all
    int64_t scale = 1; ///< factor of a general register

    static Operand of_register(Kind kind, int number, int bytes) {
        Operand operand;
        operand.kind = kind;
        operand.number = number;
        operand.bytes = bytes;
        return operand;
    }
    bool is_general() const { return kind == Kind::General; }
    bool is_vector() const { return kind == Kind::Vector; }
    bool is_immediate() const { return kind == Kind::Immediate; }
};

struct Instruction {
    uint64_t address = 0;
    size_t size = 0;
    std::string text; ///< branch targets are absolute
    std::string mnemonic;
    std::vector<Operand> operands;
    MemoryOperand memory;
    bool accesses_memory = false;   ///< through `memory`; a prefetch changes no value
    std::optional<uint64_t> target; ///< of a direct jump or call

    bool is_jump = false;
    bool is_call = false;
    bool falls_through = true;
    bool loads = false;
    bool stores = false;
    bool streams = false; ///< stores past the cache
    bool gathers = false; ///< or scatters
    bool by_element =
        false; ///< loads or stores one element of a vector register: what gathers are made of where there are none
    /// The mask register that says which elements of memory are accessed: 0 if all are, -1 if a vector register says it.
    int memory_mask = 0;
    /// Packed or scalar arithmetic and comparison of floating-point numbers, whose type has this many bytes.
    int packed_arithmetic = 0;
    int scalar_arithmetic = 0;
    bool widens_half = false; ///< from f16 to f32
    bool narrows_half = false;
    bool rounds_to_bf16 = false;

    bool is(const char *name) const { return mnemonic == name; }
    bool has(const char *part) const { return mnemonic.find(part) != std::string::npos; }
    bool starts(const char *part) const { return mnemonic.rfind(part, 0) == 0; }

    /// Bytes of the widest vector register that is named.
    int vector_bytes() const;
};

} // namespace normforge::assembly
