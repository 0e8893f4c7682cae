// SPDX-License-Identifier: MIT
// The one validator. What passes here is not checked again below: plans, dispatch and kernels rely on it.
#pragma once

#include "runtime/canonical.h"
#include "runtime/error.h"
#include "runtime/operands.h"
#include <array>
#include <normforge/kernel_table.h>
#include <vector>

namespace normforge {

/// A description that passed: enumerators known, axis in [0, rank), tensors in canonical form.
struct CheckedProblem {
    nf_description
        description; ///< as given, layouts resolved, axis not negative; `variant` still points to the caller's text
    std::vector<Tensor> tensors;  ///< those the op uses, x first
    nf_form form = NF_FORM_INNER; ///< of no meaning if empty
    bool empty = false;           ///< no elements
    int64_t channels = 0;
    int64_t bytes = 0; ///< of all tensors together

    nf_op op() const { return description.op; }
    nf_dtype dtype() const { return description.x.dtype; } ///< of every tensor
    ElementBytes element_bytes() const { return {dtype(), description.statistics}; }
    /// The tensor that is written.
    const Tensor &output() const { return tensors.back(); }
};

/// Refuses a struct of another size than this library's. `setter` is what should have set it.
Status check_struct_size(const char *what, size_t got, size_t expected, const char *setter);

/// Checks a description; on success `problem` is filled.
Status check_description(const nf_description &description, CheckedProblem &problem);

/// What an execution needs to know to check its operands: everything but the pointers, computed once per plan.
struct OperandChecks {
    nf_op op;
    bool empty;
    int64_t channels;
    ElementBytes element_bytes;
    std::array<int64_t, 4> tensor_bytes; ///< first to last byte of x, y, dy, dx; 0 if unused
    size_t workspace_size;
};

/// The workspace size is left 0 for the plan to set.
OperandChecks make_operand_checks(const CheckedProblem &problem);

/// Checks the operands of one execution: nulls, alignment, lengths, workspace, overlap. Reads no tensor.
Status check_tensors(const OperandChecks &checks, const nf_tensors &tensors);

} // namespace normforge
