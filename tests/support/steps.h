// SPDX-License-Identifier: MIT
// Which kernels a problem needs, one after the other (docs/dispatch.md): told from the contract and not by asking the
// library, so that a variant that does not run where it should is a failure and not a skip.
#pragma once

#include "tests/support/operands.h"
#include <string>

namespace normforge::testing {

struct Step {
    nf_op op; ///< of the kernel
    nf_form form;
    const OperandRow *output; ///< the tensor that the step writes, null if none
    bool accumulate = false, frozen = false;
    bool reads_dresidual = false; ///< dresidual holds dz already
};

/// In the order in which they run. None for an empty batch, where nothing is asked for, and where the library works in
/// pieces, whose forms are its own affair.
std::vector<Step> steps_of(const Problem &problem);

} // namespace normforge::testing
