// SPDX-License-Identifier: MIT
// The table above nf_tensors in normforge.h as data, written independently of the runtime's, so that the two check each
// other: which operand each op reads, writes or ignores, and where its values come from and go to.
#pragma once

#include "tests/support/data.h"
#include "tests/support/measure.h"

namespace normforge::testing {

enum class Access {
    none,   ///< not part of the call
    read,   ///< in
    write,  ///< out
    update, ///< in/out
    ignored ///< a gradient that nobody asks for: must not be touched
};

enum class OperandKind { tensor, parameter, statistic, triple };

struct OperandRow {
    const char *name;
    OperandKind kind;
    const char *uses;        ///< a letter per op, in the order of nf_op: see access_of()
    const char *in_place_of; ///< the operand that this output may be, null if none
    void (*set)(nf_tensors &call, void *data, int64_t length);
    Values Inputs::*values;                ///< null for a pure output
    Output output;                         ///< of a triple the first of three
    nf_layout nf_description::*layout;     ///< of a tensor
    nf_gradient nf_description::*gradient; ///< null if it is no gradient
};

constexpr int kOperandCount = 17;
extern const OperandRow kOperands[kOperandCount];

/// Throws std::invalid_argument if there is none of this name.
const OperandRow &operand(const char *name);

Access access_of(const OperandRow &row, const nf_description &description);

/// Whether the call puts something into the operand.
bool is_written(const OperandRow &row, const nf_description &description);

nf_dtype type_of(const OperandRow &row, const nf_description &description);

/// Outputs that one operand holds: a triple is three.
inline int outputs_of(const OperandRow &row) {
    return row.kind == OperandKind::triple ? 3 : 1;
}

/// Every tensor that a call has, and x, from which extents are taken.
std::vector<CanonicalTensor> tensors_of(const nf_description &description);

/// The tensor that the call writes last: y, dx or dresidual; null if it writes none.
const OperandRow *written_tensor(const nf_description &description);

} // namespace normforge::testing
