// SPDX-License-Identifier: MIT
// The instructions that compilers compute addresses with; what any other one writes is a number that is not known.
#include "tools/normforge/asm/machine_state.h"
#include "tools/normforge/asm/x86/x86.h"

#include <algorithm>
#include <elf.h>
#include <llvm-c/Disassembler.h>

namespace normforge::assembly {

namespace x86 {

namespace {

/// "xor eax, eax"
bool clears(const Instruction &i) {
    if (!i.is("xor")) return false;
    const Operand &to = i.operands[0], &from = i.operands[1];
    return to.is_general() && from.is_general() && to.number == from.number;
}

/// Whether the instruction copies words as they are, at least the first.
bool is_plain_move(const Instruction &i) {
    static const std::array names{"mov",    "movq",   "movups", "movupd",  "movaps",
                                  "movapd", "movdqu", "movdqa", "movntps", "movntdq"};
    const std::string_view name(i.mnemonic);
    const std::string_view plain = name[0] == 'v' ? name.substr(1) : name;
    return std::any_of(names.begin(), names.end(), [&](const std::string_view known) { return plain == known; });
}

Value source(const Instruction &i, const MachineState &state, size_t operand) {
    const Operand &from = i.operands[operand];
    switch (from.kind) {
    case Operand::Kind::General: return from.bytes == kWord ? state[from.number] : Value();
    case Operand::Kind::Immediate: return Value::constant(from.value);
    case Operand::Kind::Memory: return i.memory.bytes == kWord ? state.load(state.address(i.memory)) : Value();
    default: return {};
    }
}

/// The words that a plain move copies.
std::vector<Value> words(const Instruction &i, const MachineState &state) {
    if (i.loads) return state.load_words(state.address(i.memory), i.memory.bytes);
    const Operand &from = i.operands.back();
    if (from.is_vector()) return state.vector_words(from.number);
    return {source(i, state, i.operands.size() - 1)};
}

/// What an instruction writes to its first operand.
Value result(const Instruction &i, const MachineState &state) {
    const auto operand = [&](size_t number) { return source(i, state, number); };
    const size_t count = i.operands.size();
    const Operand &last = i.operands.back();
    if (clears(i)) return Value::constant(0);
    if (i.operands[0].is_general() && i.operands[0].bytes != kWord) return {};
    if (i.is("lea")) return state.address(i.memory);
    if (i.is("mov") || i.is("movabs")) return operand(1);
    if (i.is("add")) return operand(0) + operand(1);
    if (i.is("sub")) return operand(0) - operand(1);
    if (i.is("inc") || i.is("dec")) return operand(0) + Value::constant(i.is("inc") ? 1 : -1);
    if (i.is("neg")) return operand(0) * -1;
    if (i.is("shl") && count == 1) return operand(0) * 2;
    if (i.is("shl") && last.is_immediate()) return operand(0) * static_cast<int64_t>(uint64_t{1} << (last.value & 63));
    if (i.is("imul") && count == 3 && last.is_immediate()) return operand(1) * last.value;
    if (i.is("and") && last.is_immediate()) return operand(0).aligned(last.value);
    if (i.starts("cmov")) return operand(0).join(operand(1));
    return {};
}

void step(const Instruction &i, MachineState &state) {
    if (i.is("push")) {
        const Value pushed = source(i, state, 0), top = state[kRsp] - Value::constant(kWord);
        state.set(kRsp, top);
        return state.store(top, kWord, {pushed});
    }
    if (i.is("pop")) {
        const Value top = state[kRsp], popped = state.load(top);
        state.set(kRsp, top + Value::constant(kWord));
        return state.set(i.operands[0].number, popped);
    }
    if (i.is("xchg") && i.operands[0].is_general() && i.operands[1].is_general()) {
        const Value first = state[i.operands[0].number];
        state.set(i.operands[0].number, state[i.operands[1].number]);
        return state.set(i.operands[1].number, first);
    }
    if (i.is("div") || i.is("idiv") || i.is("mul") || (i.is("imul") && i.operands.size() == 1) || i.is("cdq") ||
        i.is("cqo")) {
        state.set(kRax, {});
        return state.set(kRdx, {});
    }
    if (i.is("cdqe") || i.is("cwde")) state.set(kRax, {});
    if (i.stores)
        return state.store(state.address(i.memory), i.memory.bytes,
                           is_plain_move(i) ? words(i, state) : std::vector<Value>{result(i, state)});
    if (!i.operands.empty() && i.operands[0].is_vector())
        state.set_vector(i.operands[0].number, is_plain_move(i) ? words(i, state) : std::vector<Value>());
    if (const int to = general_destination(i); to != kNoRegister) state.set(to, result(i, state));
}

constexpr uint32_t bit(int number) {
    return uint32_t{1} << number;
}

} // namespace

} // namespace x86

// System V: rdi, rsi, rdx, rcx, r8 are the first parameters, rbx, rbp and r12 to r15 survive a call.
const Architecture kX86 = {"x86-64",
                           EM_X86_64,
                           R_X86_64_RELATIVE,
                           "x86_64-linux",
                           "",
                           LLVMDisassembler_Option_AsmPrinterVariant, // Intel syntax
                           {x86::kRsp,
                            {x86::kRdi, x86::kRsi, x86::kRdx, x86::kRcx, x86::kR8},
                            kWord,
                            x86::bit(x86::kRax) | x86::bit(x86::kRcx) | x86::bit(x86::kRdx) | x86::bit(x86::kRsi) |
                                x86::bit(x86::kRdi) | x86::bit(x86::kR8) | x86::bit(x86::kR8 + 1) | x86::bit(x86::kR8 + 2) |
                                x86::bit(x86::kR8 + 3)},
                           x86::read,
                           x86::step};

} // namespace normforge::assembly
