// SPDX-License-Identifier: MIT
// What an instruction does, by its name. Kernels are compiled code: odd instructions that compilers do not emit are not
// here.
#include "tools/normforge/asm/instruction.h"

#include <algorithm>
#include <array>

namespace normforge::assembly {

namespace {

bool ends(const std::string &text, const char *part) {
    const std::string_view end(part);
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Whether operand 0 is read, not written.
bool only_reads(const Instruction &i) {
    static const std::array names{"cmp",     "test",    "push",     "call",     "bt",
                                  "ucomiss", "ucomisd", "vucomiss", "vucomisd", "vptest"};
    return i.is_jump() || std::any_of(names.begin(), names.end(), [&](const char *name) { return i.is(name); });
}

bool memory_is_first(const Instruction &i) {
    return !i.operands.empty() && i.operands[0].kind == Operand::Kind::Memory;
}

bool moves(const Instruction &i) {
    return i.starts("mov") || i.starts("vmov") || i.starts("vpmov") || i.starts("vmaskmov") || i.starts("vpmaskmov") ||
           i.starts("set") || i.starts("kmov") || i.has("extract") || i.has("pextr") || i.has("vcvtps2ph");
}

bool is_arithmetic(const Instruction &i, const char *packed, const char *packed_double) {
    static const std::array names{"add",  "sub", "mul",   "div",   "min",    "max",
                                  "sqrt", "cmp", "fmadd", "fmsub", "fnmadd", "fnmsub"};
    if (!ends(i.mnemonic, packed) && !ends(i.mnemonic, packed_double)) return false;
    const size_t start = i.mnemonic[0] == 'v' ? 1 : 0;
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string_view name) { return i.mnemonic.compare(start, name.size(), name) == 0; });
}

} // namespace

bool Instruction::stores() const {
    return accesses_memory && memory_is_first(*this) && !only_reads(*this);
}

bool Instruction::loads() const {
    return accesses_memory && !(stores() && moves(*this));
}

int Instruction::memory_mask() const {
    if (!accesses_memory) return 0;
    if (has("maskmov")) return -1;
    // A load's mask stands at its destination.
    return operands.empty() ? 0 : operands[0].mask;
}

int Instruction::general_destination() const {
    if (operands.empty() || operands[0].kind != Operand::Kind::General || only_reads(*this)) return kNoRegister;
    return operands[0].number;
}

bool Instruction::is_packed_arithmetic() const {
    return is_arithmetic(*this, "ps", "pd");
}

bool Instruction::is_scalar_arithmetic() const {
    return is_arithmetic(*this, "ss", "sd");
}

int Instruction::vector_bytes() const {
    int bytes = 0;
    for (const Operand &operand : operands)
        if (operand.kind == Operand::Kind::Vector) bytes = std::max(bytes, operand.bytes);
    return bytes;
}

} // namespace normforge::assembly
