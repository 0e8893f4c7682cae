// SPDX-License-Identifier: MIT
// What registers, stack slots and a closure hold at one place of a function.
#pragma once

#include "tools/normforge/asm/architecture.h"
#include "tools/normforge/asm/value.h"

#include <map>

namespace normforge::assembly {

inline constexpr int64_t kWord = 8; ///< bytes of an address

class MachineState {
public:
    /// Of void *arguments[] in the first register.
    static MachineState at_entry(const CallingConvention &calls);
    /// Inside a function that is called here. The return address is not pushed yet.
    MachineState at_callee(const CallingConvention &calls) const;
    /// Inside a parallel task, here where halide_do_par_for() is called: its fifth parameter is the task's closure.
    MachineState at_task(const CallingConvention &calls) const;
    /// Forgets what a called function may change.
    void forget_after_call(const CallingConvention &calls);

    /// Where a memory operand points.
    Value address(const MemoryOperand &memory) const;

    const Value &operator[](int number) const { return registers_[static_cast<size_t>(number)]; }
    void set(int number, Value value) { registers_[static_cast<size_t>(number)] = std::move(value); }

    /// The words that a vector register holds, for addresses that travel several at a time; none where there is no address.
    std::vector<Value> vector_words(int number) const;
    void set_vector(int number, std::vector<Value> words);

    /// The word of memory at an address, or the first of `bytes`.
    Value load(const Value &from) const;
    std::vector<Value> load_words(const Value &from, int bytes) const;
    /// Overwrites `bytes` of memory, of which the first are `words`.
    void store(const Value &to, int bytes, const std::vector<Value> &words);

    /// Takes in what holds on another way to the same place; true if that changed something.
    bool join(const MachineState &other);

private:
    using Slots = std::map<int64_t, Value>; ///< a word each, by offset; addresses only

    static Slots shifted(const Slots &slots, int64_t by);

    std::array<Value, kGeneralRegisters> registers_;
    std::map<int, std::vector<Value>> vectors_; ///< registers that hold addresses
    Slots stack_, closure_;
};

} // namespace normforge::assembly
