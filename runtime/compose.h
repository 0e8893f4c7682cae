// SPDX-License-Identifier: MIT
// Which kernels, one after the other, compute what a problem asks for. Knows ops and gradient requests, no kernel.
#pragma once

#include "runtime/validate.h"
#include <vector>

namespace normforge {

/// Where a kernel's triples are.
enum class TriplePlace : uint8_t {
    none,    ///< nowhere that anybody reads: scratch
    triples, ///< nf_tensors.triples
    merged,  ///< nf_tensors.merged
    parts,   ///< in the workspace, one triple for each part of the grid
    total    ///< in the workspace, one triple: that of all parts
};

/// One kernel of a plan. It runs once for each box of the grid; those that have no form, once for each range of channels.
struct Step {
    nf_op op;                               ///< of the kernel
    TriplePlace triple = TriplePlace::none; ///< of the roles triple_0 to triple_2, and of `triples`
    TriplePlace merged = TriplePlace::none;
    bool accumulate = false;
    bool frozen = false;
    bool reads_dresidual = false; ///< takes as dy, of no activation, the dz that an earlier step left in dresidual
};

/// The steps for a problem whose channels are spread over `parts` boxes. Every box takes one step before any takes the
/// next. With one part the fused kernels run, save where less is asked for than they compute. Nothing asked for: no step.
std::vector<Step> compose(const CheckedProblem &problem, int64_t parts);

/// What the step's kernel is compiled for.
nf_epilogue epilogue_of(const Step &step, nf_epilogue problem);

/// The tensor that a kernel writes, null if it writes none.
const Operand *output_of(const Step &step);

/// The operand that a role of a step stands for; null for scratch and scalars. Whether the problem uses it is another
/// question.
const Operand *operand_of(nf_role role, const Step &step, nf_op problem);

/// Whether an op takes its statistics from the running ones; if not, from the saved ones: `deviation` is then an invstd.
constexpr bool uses_running_statistics(nf_op op) {
    return op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN;
}

} // namespace normforge
