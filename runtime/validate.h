// SPDX-License-Identifier: MIT
// The one validator. What passes here is not checked again below: plans, dispatch and kernels rely on it.
#pragma once

#include "runtime/canonical.h"
#include "runtime/error.h"
#include "runtime/names.h"
#include "runtime/operands.h"
#include <array>
#include <normforge/kernel_table.h>
#include <vector>

namespace normforge {

/// A description that passed: enumerators known, axis in [0, rank), tensors in canonical form. Fields that the op ignores
/// have their defaults.
struct CheckedProblem {
    nf_description
        description; ///< as given, layouts resolved, axis not negative; `variant` still points to the caller's text
    std::array<uint8_t, kOperandCount> uses{}; ///< Use bits, by OperandId
    std::vector<Tensor> tensors;               ///< those the problem uses, in the order of OperandId
    nf_form form = NF_FORM_INNER;              ///< of no meaning if empty or without tensors
    bool empty = false;                        ///< nothing to do for lack of elements
    int64_t channels = 0;
    int64_t bytes = 0; ///< of all tensors together; of the triples, where there are no tensors

    nf_op op() const { return description.op; }
    nf_dtype dtype() const { return description.x.dtype; } ///< of every tensor
    ElementBytes element_bytes() const { return {dtype(), description.statistics}; }
    uint8_t use(const Operand &operand) const { return uses[static_cast<size_t>(&operand - kOperands.data())]; }
    /// Null if the problem does not use it.
    const Tensor *tensor(const Operand &operand) const;
};

/// Refuses a struct of another size than this library's. `setter` is what should have set it.
Status check_struct_size(const char *what, size_t got, size_t expected, const char *setter);

/// Refuses what is no enumerator of Enum, as C callers can write it.
template <class Enum>
Status check_enumerator(const char *field, const Enum &enumerator) {
    const int value = value_of(enumerator);
    if (name_of<Enum>(value)) return {};
    return {NF_INVALID_ARGUMENT, std::string(field) + " is " + std::to_string(value) +
                                     ", which is no enumerator; choices: " + choices_of<Enum>()};
}

/// Checks a description; on success `problem` is filled.
Status check_description(const nf_description &description, CheckedProblem &problem);

} // namespace normforge
