// SPDX-License-Identifier: MIT
// What an execution needs to know to check its operands: everything but the pointers, worked out once per plan.
#pragma once

#include "runtime/validate.h"

namespace normforge {

struct OperandCheck {
    uint8_t use = kUnused; ///< Use bits
    int64_t low = 0;       ///< bytes from the pointer to the lowest byte: negative where strides are
    int64_t bytes = 0;     ///< from the lowest byte to the highest
    int64_t per_channel = 1;
    const Operand *twin = nullptr; ///< may be the same tensor: has the same strides, and the op computes in place
};

struct OperandChecks {
    nf_op op;
    nf_epilogue epilogue;
    bool cumulative; ///< reads batches_averaged
    bool empty;
    int64_t channels;
    ElementBytes element_bytes;
    std::array<OperandCheck, kOperandCount> operands;
    std::array<nf_gradient, kOperandCount> requests; ///< of gradients
    size_t workspace_size;
};

/// The workspace size is left 0 for the plan to set.
OperandChecks make_operand_checks(const CheckedProblem &problem);

/// Refuses a workspace that is null, misaligned or too small; any will do where none is needed.
Status check_workspace(const void *workspace, size_t given_bytes, size_t needed_bytes);

/// Checks the operands of one execution: nulls, alignment, lengths, workspace, overlap. Reads no tensor.
Status check_tensors(const OperandChecks &checks, const nf_tensors &tensors);

} // namespace normforge
