// SPDX-License-Identifier: MIT
// Registers and memory by what addresses they hold, and what calls make of them.
#include "tools/normforge/asm/machine_state.h"

#include <algorithm>

namespace normforge::assembly {

namespace {

constexpr Region kStack{Region::Kind::Stack, 0};
constexpr Region kClosure{Region::Kind::Closure, 0};
constexpr Region kArguments{Region::Kind::Arguments, 0};

constexpr int64_t kHostOffset = 16; ///< of the pointer to the data in a halide_buffer_t

bool is_address(const Value &value) {
    return !value.is_plain_number();
}

} // namespace

MachineState MachineState::at_entry(const CallingConvention &calls) {
    MachineState state;
    state.set(calls.stack_pointer, Value::address(kStack, 0));
    state.set(calls.parameters[0], Value::address(kArguments, 0));
    return state;
}

MachineState MachineState::at_callee(const CallingConvention &calls) const {
    MachineState state = *this;
    state.stack_.clear();
    // Arguments on the stack lie above what the call pushes, to which the callee's stack pointer points.
    if (const auto top = (*this)[calls.stack_pointer].offset()) state.stack_ = shifted(stack_, calls.pushed - *top);
    state.set(calls.stack_pointer, Value::address(kStack, 0));
    return state;
}

MachineState MachineState::at_task(const CallingConvention &calls) const {
    MachineState state;
    state.set(calls.stack_pointer, Value::address(kStack, 0));
    state.set(calls.parameters[2], Value::address(kClosure, 0));
    const Value &passed = (*this)[calls.parameters[4]];
    if (passed.region() == kStack && passed.offset()) state.closure_ = shifted(stack_, -*passed.offset());
    return state;
}

void MachineState::forget_after_call(const CallingConvention &calls) {
    vectors_.clear();
    for (int number = 0; number < kGeneralRegisters; number++)
        if (calls.lost >> number & 1) set(number, Value());
}

MachineState::Slots MachineState::shifted(const Slots &slots, int64_t by) {
    Slots result;
    for (const auto &[offset, value] : slots)
        if (offset + by >= 0) result[offset + by] = value;
    return result;
}

Value MachineState::address(const MemoryOperand &memory) const {
    const auto value_of = [&](int number) { return number == kOtherRegister ? Value() : (*this)[number]; };
    Value sum = Value::constant(memory.displacement);
    if (memory.base != kNoRegister) sum = sum + value_of(memory.base);
    if (memory.index != kNoRegister) sum = sum + value_of(memory.index) * memory.scale;
    return sum;
}

std::vector<Value> MachineState::vector_words(int number) const {
    const auto found = vectors_.find(number);
    return found == vectors_.end() ? std::vector<Value>() : found->second;
}

void MachineState::set_vector(int number, std::vector<Value> words) {
    if (std::any_of(words.begin(), words.end(), is_address))
        vectors_[number] = std::move(words);
    else
        vectors_.erase(number);
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

std::vector<Value> MachineState::load_words(const Value &from, int bytes) const {
    std::vector<Value> words;
    for (int at = 0; at < bytes; at += kWord) words.push_back(load(from + Value::constant(at)));
    return words;
}

void MachineState::store(const Value &to, int bytes, const std::vector<Value> &words) {
    const auto begin = to.offset();
    if (!(to.region() == kStack) || !begin) return;
    const int64_t end = *begin + bytes;
    stack_.erase(stack_.upper_bound(*begin - kWord), stack_.lower_bound(end));
    int64_t offset = *begin;
    for (const Value &word : words) {
        if (offset + kWord <= end && is_address(word)) stack_[offset] = word;
        offset += kWord;
    }
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
