// SPDX-License-Identifier: MIT
// All operands of one call in guarded memory: what the library reads, poison where it writes, and what both must be
// afterwards.
#pragma once

#include "runtime/problem.h"
#include "tests/support/canonical.h"
#include "tests/support/guarded_buffer.h"
#include "tests/support/operands.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace normforge::testing {

/// One operand.
struct GuardedOperand {
    const OperandRow *row;
    nf_dtype type;
    CanonicalTensor layout;
    GuardedBuffer memory;
    bool written = false; ///< the library may write its elements
    std::vector<std::byte> before = {};

    size_t element_bytes() const { return static_cast<size_t>(precision_of(type).bytes); }
    std::byte *data() const { return memory.data() + static_cast<size_t>(layout.origin()) * element_bytes(); }

    void put(const Values &values);
    Values get() const;

    /// Whether everything the library must not write is as before.
    bool untouched() const;
};

class GuardedOperands {
public:
    /// `absent`: operands that are left out, beside inputs that are empty. Throws std::bad_alloc.
    GuardedOperands(const Problem &problem, const Inputs &in, Edge edge, const std::vector<std::string> &absent = {});

    nf_tensors call{}; ///< without workspace

    /// All operands of the call by their rows; two rows may share one.
    const std::vector<std::pair<const OperandRow *, GuardedOperand *>> &rows() const { return rows_; }

    /// Empty if nothing changed but what may, else the operand that did, or whose surroundings did.
    std::string changed() const;

    /// What each operand that the library writes now holds.
    std::vector<std::pair<const OperandRow *, Values>> written() const;

    /// Empty if every byte is that of another call of the same problem, and those around are untouched; else which operand
    /// differs, and where.
    std::string difference(const GuardedOperands &other) const;

    /// Whether the tensor that the plan writes last begins at a multiple of 64 bytes.
    bool output_aligned() const;

    /// Whether all tensors begin at multiples of what a GPU's aligned variant takes at once.
    bool vectors_aligned() const;

private:
    void add(const OperandRow &row, const Problem &problem, const Inputs &in, Edge edge);
    GuardedOperand &shared_with(const char *name);

    nf_description description_;
    std::deque<GuardedOperand> all_; ///< a deque: operands are not movable once referred to
    std::vector<std::pair<const OperandRow *, GuardedOperand *>> rows_, outputs_;
};

} // namespace normforge::testing
