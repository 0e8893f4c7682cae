// SPDX-License-Identifier: MIT
// What an instruction does, by its name. Kernels are compiled code: odd instructions that compilers do not emit are not
// here.
#include "tools/normforge/asm/x86/x86.h"

#include <algorithm>

namespace normforge::assembly::x86 {

namespace {

bool ends(const std::string &text, const char *part) {
    const std::string_view end(part);
    return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// Whether operand 0 is read, not written.
bool only_reads(const Instruction &i) {
    static const std::array names{"cmp",     "test",    "push",     "call",     "bt",
                                  "ucomiss", "ucomisd", "vucomiss", "vucomisd", "vptest"};
    return i.is_jump || std::any_of(names.begin(), names.end(), [&](const char *name) { return i.is(name); });
}

bool memory_is_first(const Instruction &i) {
    return !i.operands.empty() && i.operands[0].kind == Operand::Kind::Memory;
}

bool moves(const Instruction &i) {
    return i.starts("mov") || i.starts("vmov") || i.starts("vpmov") || i.starts("vmaskmov") || i.starts("vpmaskmov") ||
           i.starts("set") || i.starts("kmov") || i.has("extract") || i.has("pextr") || i.has("vcvtps2ph");
}

bool is_arithmetic(const Instruction &i, const char *suffix) {
    static const std::array names{"add",  "sub", "mul",   "div",   "min",    "max",
                                  "sqrt", "cmp", "fmadd", "fmsub", "fnmadd", "fnmsub"};
    if (!ends(i.mnemonic, suffix)) return false;
    const size_t start = i.mnemonic[0] == 'v' ? 1 : 0;
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string_view name) { return i.mnemonic.compare(start, name.size(), name) == 0; });
}

int memory_mask(const Instruction &i) {
    if (!i.accesses_memory) return 0;
    if (i.has("maskmov")) return -1;
    // A load's mask stands at its destination.
    return i.operands.empty() ? 0 : i.operands[0].mask;
}

/// Into another element than the first: that is how one half is loaded.
bool inserts_from_memory(const Instruction &i) {
    return i.accesses_memory && (i.has("insertps") || i.has("pinsr")) && i.operands.back().value != 0;
}

} // namespace

void note_facts(Instruction &i) {
    i.is_jump = i.starts("j");
    i.is_call = i.is("call");
    i.falls_through = !i.is("jmp") && !i.is("ret") && !i.is("ud2");
    i.stores = i.accesses_memory && memory_is_first(i) && !only_reads(i);
    i.loads = i.accesses_memory && !(i.stores && moves(i));
    i.streams = i.starts("movnt") || i.starts("vmovnt");
    i.gathers = i.has("gather") || i.has("scatter");
    i.by_element = inserts_from_memory(i);
    i.memory_mask = memory_mask(i);
    for (const auto &[suffix, bytes] : {std::pair("h", 2), std::pair("s", 4), std::pair("d", 8)}) {
        if (is_arithmetic(i, (std::string("p") + suffix).c_str())) i.packed_arithmetic = bytes;
        if (is_arithmetic(i, (std::string("s") + suffix).c_str())) i.scalar_arithmetic = bytes;
    }
    i.widens_half = i.is("vcvtph2ps");
    i.narrows_half = i.is("vcvtps2ph");
    i.rounds_to_bf16 = i.is("vcvtne2ps2bf16");
}

int general_destination(const Instruction &i) {
    if (i.operands.empty() || i.operands[0].kind != Operand::Kind::General || only_reads(i)) return kNoRegister;
    return i.operands[0].number;
}

} // namespace normforge::assembly::x86
