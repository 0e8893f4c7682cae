// SPDX-License-Identifier: MIT
// The instructions that compilers compute addresses with; what any other one writes is a number that is not known.
#include "tools/normforge/asm/machine_state.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace normforge::assembly {

namespace {

constexpr Region kStack{Region::Kind::Stack, 0};
constexpr Region kClosure{Region::Kind::Closure, 0};
constexpr Region kArguments{Region::Kind::Arguments, 0};

constexpr int64_t kWord = 8;
constexpr int64_t kHostOffset = 16; ///< of the pointer to the data in a halide_buffer_t

bool is_address(const Value &value) {
    return !value.is_plain_number();
}

/// "xor eax, eax"
bool clears(const Instruction &i) {
    if (!i.is("xor")) return false;
    const Operand &to = i.operands[0], &from = i.operands[1];
    return to.kind == Operand::Kind::General && from.kind == Operand::Kind::General && to.number == from.number;
}

/// Whether the instruction copies words as they are, at least the first.
bool is_plain_move(const Instruction &i) {
    static const std::array names{"mov",    "movq",   "movups", "movupd",  "movaps",
                                  "movapd", "movdqu", "movdqa", "movntps", "movntdq"};
    const std::string_view name(i.mnemonic);
    const std::string_view plain = name[0] == 'v' ? name.substr(1) : name;
    return std::any_of(names.begin(), names.end(), [&](const std::string_view known) { return plain == known; });
}

} // namespace

MachineState MachineState::at_entry() {
    MachineState state;
    state.at(kRsp) = Value::address(kStack, 0);
    state.at(kRdi) = Value::address(kArguments, 0);
    return state;
}

MachineState MachineState::at_callee() const {
    MachineState state = *this;
    state.stack_.clear();
    // Arguments on the stack lie above the return address, to which the callee's stack pointer points.
    if (const auto top = (*this)[kRsp].offset()) state.stack_ = shifted(stack_, kWord - *top);
    state.at(kRsp) = Value::address(kStack, 0);
    return state;
}

MachineState MachineState::at_task() const {
    MachineState state;
    state.at(kRsp) = Value::address(kStack, 0);
    state.at(kRdx) = Value::address(kClosure, 0);
    const auto closure = (*this)[kR8].offset();
    if ((*this)[kR8].region() == kStack && closure) state.closure_ = shifted(stack_, -*closure);
    return state;
}

MachineState::Slots MachineState::shifted(const Slots &slots, int64_t by) {
    Slots result;
    for (const auto &[offset, value] : slots)
        if (offset + by >= 0) result[offset + by] = value;
    return result;
}

Value MachineState::address(const MemoryOperand &memory) const {
    if (memory.base == kRip) return Value::address({Region::Kind::Constant, 0}, memory.displacement);
    Value sum = Value::constant(memory.displacement);
    if (memory.base != kNoRegister) sum = sum + (*this)[memory.base];
    if (memory.index != kNoRegister) sum = sum + (*this)[memory.index] * memory.scale;
    return sum;
}

Value MachineState::load(const Value &from) const {
    const auto offset = from.offset();
    if (!offset) return {};
    const auto find = [&](const Slots &slots) {
        const auto slot = slots.find(*offset);
        return slot == slots.end() ? Value() : slot->second;
    };
    switch (from.region().kind) {
    case Region::Kind::Stack: return find(stack_);
    case Region::Kind::Closure: return find(closure_);
    case Region::Kind::Arguments: return Value::address({Region::Kind::Buffer, static_cast<int>(*offset / kWord)}, 0);
    case Region::Kind::Buffer:
        return *offset == kHostOffset ? Value::address({Region::Kind::Data, from.region().argument}, 0) : Value();
    default: return {};
    }
}

std::vector<Value> MachineState::words(const Instruction &i) const {
    if (i.loads()) {
        std::vector<Value> loaded;
        for (int at = 0; at < i.memory.bytes; at += kWord) loaded.push_back(load(address(i.memory) + Value::constant(at)));
        return loaded;
    }
    const Operand &from = i.operands.back();
    if (from.kind == Operand::Kind::Vector) {
        const auto found = vectors_.find(from.number);
        return found == vectors_.end() ? std::vector<Value>() : found->second;
    }
    return {source(i, i.operands.size() - 1)};
}

void MachineState::store(const Instruction &i) {
    const Value to = address(i.memory);
    const auto begin = to.offset();
    if (!(to.region() == kStack) || !begin) return;
    const int64_t end = *begin + i.memory.bytes;
    const std::vector<Value> stored = is_plain_move(i) ? words(i) : std::vector<Value>{result(i)};
    stack_.erase(stack_.upper_bound(*begin - kWord), stack_.lower_bound(end));
    int64_t offset = *begin;
    for (const Value &word : stored) {
        if (offset + kWord <= end && is_address(word)) stack_[offset] = word;
        offset += kWord;
    }
}

Value MachineState::source(const Instruction &i, size_t operand) const {
    const Operand &from = i.operands[operand];
    switch (from.kind) {
    case Operand::Kind::General: return from.bytes == kWord ? (*this)[from.number] : Value();
    case Operand::Kind::Immediate: return Value::constant(from.value);
    case Operand::Kind::Memory: return i.memory.bytes == kWord ? load(address(i.memory)) : Value();
    default: return {};
    }
}

/// What an instruction writes to its first operand.
Value MachineState::result(const Instruction &i) const {
    const size_t count = i.operands.size();
    const Operand &last = i.operands.back();
    const bool constant = last.kind == Operand::Kind::Immediate;
    if (clears(i)) return Value::constant(0);
    if (i.operands[0].kind == Operand::Kind::General && i.operands[0].bytes != kWord) return {};
    if (i.is("lea"))
        return i.memory.base == kRip ? Value::constant(static_cast<int64_t>(i.address + i.size) + i.memory.displacement)
                                     : address(i.memory);
    if (i.is("mov") || i.is("movabs")) return source(i, 1);
    if (i.is("add")) return source(i, 0) + source(i, 1);
    if (i.is("sub")) return source(i, 0) - source(i, 1);
    if (i.is("inc") || i.is("dec")) return source(i, 0) + Value::constant(i.is("inc") ? 1 : -1);
    if (i.is("neg")) return source(i, 0) * -1;
    if (i.is("shl") && count == 1) return source(i, 0) * 2;
    if (i.is("shl") && constant) return source(i, 0) * static_cast<int64_t>(uint64_t{1} << (last.value & 63));
    if (i.is("imul") && count == 3 && constant) return source(i, 1) * last.value;
    if (i.is("and") && constant) return source(i, 0).aligned(last.value);
    if (i.starts("cmov")) return source(i, 0).join(source(i, 1));
    return {};
}

void MachineState::step(const Instruction &i) {
    if (i.is("push") || i.is("pop")) {
        const bool push = i.is("push");
        const Value top = (*this)[kRsp], moved = push ? source(i, 0) : load(top);
        const auto offset = top.offset();
        at(kRsp) = top + Value::constant(push ? -kWord : kWord);
        if (!push) at(i.operands[0].number) = moved;
        if (push && offset) stack_[*offset - kWord] = moved;
        return;
    }
    if (i.is("xchg") && i.operands[0].kind == Operand::Kind::General && i.operands[1].kind == Operand::Kind::General) {
        std::swap(at(i.operands[0].number), at(i.operands[1].number));
        return;
    }
    if (i.is("div") || i.is("idiv") || i.is("mul") || (i.is("imul") && i.operands.size() == 1) || i.is("cdq") ||
        i.is("cqo")) {
        at(kRax) = at(kRdx) = Value();
        return;
    }
    if (i.is("cdqe") || i.is("cwde")) at(kRax) = Value();
    if (i.stores()) return store(i);
    if (!i.operands.empty() && i.operands[0].kind == Operand::Kind::Vector) {
        std::vector<Value> moved = is_plain_move(i) ? words(i) : std::vector<Value>();
        if (std::any_of(moved.begin(), moved.end(), is_address))
            vectors_[i.operands[0].number] = std::move(moved);
        else
            vectors_.erase(i.operands[0].number);
    }
    if (const int to = i.general_destination(); to != kNoRegister) at(to) = result(i);
}

void MachineState::forget_after_call() {
    vectors_.clear();
    for (const int number : {+kRax, +kRcx, +kRdx, +kRsi, +kRdi, +kR8, kR8 + 1, kR8 + 2, kR8 + 3}) at(number) = Value();
}

bool MachineState::join(const MachineState &other) {
    bool changed = false;
    const auto take = [&](Value &mine, const Value &theirs) {
        Value joined = mine.join(theirs);
        if (joined == mine) return;
        mine = std::move(joined);
        changed = true;
    };
    for (size_t i = 0; i < registers_.size(); i++) take(registers_[i], other.registers_[i]);
    for (auto vector = vectors_.begin(); vector != vectors_.end();) {
        const auto theirs = other.vectors_.find(vector->first);
        const bool same = theirs != other.vectors_.end() && theirs->second == vector->second;
        changed |= !same;
        vector = same ? std::next(vector) : vectors_.erase(vector);
    }
    for (auto slot = stack_.begin(); slot != stack_.end();) {
        const auto theirs = other.stack_.find(slot->first);
        take(slot->second, theirs == other.stack_.end() ? Value() : theirs->second);
        slot = is_address(slot->second) ? std::next(slot) : stack_.erase(slot);
    }
    return changed;
}

} // namespace normforge::assembly
