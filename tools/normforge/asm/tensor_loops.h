// SPDX-License-Identifier: MIT
// The loops of a compiled kernel that touch tensors, and what they do: the facts that `normforge info --asm` shows and the
// audit asserts.
#pragma once

#include "tools/normforge/asm/trace.h"

#include <map>
#include <normforge/kernel_table.h>

namespace normforge::assembly {

/// A memory operand of an instruction in a loop.
struct LoopAccess {
    enum class To {
        Tensor,
        Array,    ///< per channel, partial results, triples
        Scratch,  ///< an array on the stack
        Slot,     ///< a fixed place on the stack: what the registers had no room for
        Constant, ///< in the code's read-only data
        Unknown,
    };
    size_t instruction; ///< index in the loop
    To to;
    nf_role role; ///< of Tensor and Array
    bool load, store;
    bool whole; ///< all elements of a full vector, not some that a mask picks, and not one at a time
};

struct TensorLoop {
    enum class Kind {
        Reduction, ///< reads tensors, whole vectors only
        Output,    ///< writes a tensor, whole vectors only
        Tail,      ///< what is left: some elements of a vector, or one at a time
    };
    std::string function;
    Kind kind;
    std::vector<Instruction> instructions;
    std::vector<LoopAccess> accesses; ///< one for each instruction with a memory operand

    bool is_body() const { return kind != Kind::Tail; }
    const Instruction &at(const LoopAccess &access) const { return instructions[access.instruction]; }
    /// Bytes per iteration of each tensor that is read, or written.
    std::map<nf_role, int> tensor_bytes(bool stored) const;
    /// Accesses to fixed places on the stack.
    int slots() const;
    /// Stores to tensors that bypass the cache, or that do not.
    int tensor_stores(bool streaming) const;
};

/// What of the audit depends on the target.
struct VectorFacts {
    int register_bytes;  ///< of a full vector register
    int tensor_bytes;    ///< what a tensor's elements take that fill one after conversion to the type of the arithmetic
    bool rounds_to_bf16; ///< by an instruction for it
};

VectorFacts vector_facts(const nf_kernel &kernel);

/// The innermost loops among `functions` that access tensors.
std::vector<TensorLoop> tensor_loops(const std::vector<TracedFunction> &functions, const nf_kernel &kernel);

} // namespace normforge::assembly
