// SPDX-License-Identifier: MIT
// What an instruction does, by its name. Kernels are compiled for ARMv8 with Advanced SIMD: no SVE, no atomics.
#include "tools/normforge/asm/arm/arm.h"

#include <algorithm>

namespace normforge::assembly::arm {

namespace {

template <size_t N>
bool is_any(const Instruction &i, const std::array<const char *, N> &names) {
    return std::any_of(names.begin(), names.end(), [&](const char *name) { return i.is(name); });
}

/// Bytes that one of the registers of a load or store transfers.
int transferred(const Instruction &i, const Operand &operand) {
    if (!operand.is_vector() && i.operands[0].kind != Operand::Kind::Memory) {
        if (i.mnemonic.back() == 'b') return 1; // ldrb, ldursb
        if (i.mnemonic.back() == 'h') return 2;
        if (i.mnemonic.back() == 'w') return 4; // ldrsw, ldpsw
    }
    return operand.bytes;
}

void note_memory(Instruction &i) {
    const auto memory = std::find_if(i.operands.begin(), i.operands.end(),
                                     [](const Operand &operand) { return operand.kind == Operand::Kind::Memory; });
    if (memory == i.operands.end() || i.starts("prf")) return;
    i.accesses_memory = true;
    i.loads = i.starts("ld");
    i.stores = i.starts("st");
    i.streams = i.is("stnp");
    i.memory.broadcast = i.starts("ld1r");
    for (auto operand = i.operands.begin(); operand != memory; ++operand) {
        i.memory.bytes += i.memory.broadcast ? operand->lane : transferred(i, *operand);
        i.by_element |= operand->element >= 0;
    }
}

/// Bytes of the type of floating-point arithmetic or comparison, 0 if it is none.
int arithmetic_type(const Instruction &i) {
    static const std::array names{"fadd", "fsub", "fmul", "fdiv",  "fmax",  "fmin", "fsqrt", "fabd", "fcm",
                                  "facg", "fmla", "fmls", "fmadd", "fmsub", "fnm",  "fneg",  "fabs", "fccmp"};
    if (std::none_of(names.begin(), names.end(), [&](const char *name) { return i.starts(name); })) return 0;
    return i.operands[0].lane ? i.operands[0].lane : i.operands[0].bytes;
}

} // namespace

void note_facts(Instruction &i) {
    i.is_jump = i.starts("b.") || is_any<6>(i, {"b", "br", "cbz", "cbnz", "tbz", "tbnz"});
    i.is_call = is_any<2>(i, {"bl", "blr"});
    i.falls_through = !is_any<5>(i, {"b", "br", "ret", "udf", "brk"});
    note_memory(i);
    if (const int bytes = arithmetic_type(i)) (i.operands[0].lane ? i.packed_arithmetic : i.scalar_arithmetic) = bytes;
    i.widens_half = i.starts("fcvtl") && i.operands[1].lane == 2;
    i.narrows_half = i.starts("fcvtn") && i.operands[0].lane == 2;
}

} // namespace normforge::assembly::arm
