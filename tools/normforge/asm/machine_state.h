// SPDX-License-Identifier: MIT
// What registers, stack slots and a closure hold at one place of a function.
#pragma once

#include "tools/normforge/asm/instruction.h"
#include "tools/normforge/asm/value.h"

#include <array>
#include <map>

namespace normforge::assembly {

class MachineState {
public:
    /// Of void *arguments[] in the first register.
    static MachineState at_entry();
    /// Inside a function that is called here. The return address is not pushed yet.
    MachineState at_callee() const;
    /// Inside a parallel task whose closure register kR8 points to here.
    MachineState at_task() const;

    /// Where a memory operand points.
    Value address(const MemoryOperand &memory) const;
    /// Carries out an instruction that is no call.
    void step(const Instruction &instruction);
    /// Forgets what a called function may change.
    void forget_after_call();

    const Value &operator[](int number) const { return registers_[static_cast<size_t>(number)]; }

    /// Takes in what holds on another way to the same place; true if that changed something.
    bool join(const MachineState &other);

private:
    using Slots = std::map<int64_t, Value>; ///< 8 bytes each, by offset; addresses only

    Value &at(int number) { return registers_[static_cast<size_t>(number)]; }
    /// The words of memory or of a vector register, for addresses that travel several at a time.
    std::vector<Value> words(const Instruction &instruction) const;
    Value load(const Value &from) const;
    void store(const Instruction &instruction);
    Value source(const Instruction &instruction, size_t operand) const;
    Value result(const Instruction &instruction) const;
    static Slots shifted(const Slots &slots, int64_t by);

    std::array<Value, kRip> registers_;
    std::map<int, std::vector<Value>> vectors_; ///< registers that hold addresses
    Slots stack_, closure_;
};

} // namespace normforge::assembly
