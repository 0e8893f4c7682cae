// SPDX-License-Identifier: MIT
// Steps of plans, see compose.h.
#include "runtime/compose.h"
#include "runtime/operands.h"
#include "runtime/ops.h"

namespace normforge {
namespace {

/// Statistics over all parts, then y.
std::vector<Step> compose_forward_train(int64_t parts) {
    if (parts == 1) return {{NF_FORWARD_TRAIN}};
    return {{NF_STATS, TriplePlace::parts}, {NF_MERGE, TriplePlace::parts}, {NF_FORWARD_INFERENCE}};
}

/// A reduction whose result is the caller's triples.
std::vector<Step> compose_reduction(nf_op op, int64_t parts) {
    if (parts == 1) return {{op, TriplePlace::triples}};
    return {{op, TriplePlace::parts},
            {op == NF_STATS ? NF_MERGE : NF_BACKWARD_MERGE, TriplePlace::parts, TriplePlace::triples}};
}

Step residual_gradient(const nf_description &d) {
    return {NF_BACKWARD_RESIDUAL, TriplePlace::none, TriplePlace::none, d.dresidual_gradient == NF_GRADIENT_ADD};
}

std::vector<Step> compose_backward(const nf_description &d, int64_t parts) {
    const bool frozen = d.op == NF_BACKWARD_FROZEN;
    const bool writes_dx = d.dx_gradient == NF_GRADIENT_WRITE, adds_dx = d.dx_gradient == NF_GRADIENT_ADD;
    const bool parameters = d.dgamma_gradient != NF_GRADIENT_NULL || d.dbeta_gradient != NF_GRADIENT_NULL;
    const bool dx_needs_sums = !frozen && (writes_dx || adds_dx), sums = parameters || dx_needs_sums;
    std::vector<Step> steps;
    if (writes_dx && sums && parts == 1) {
        steps.push_back({d.op});
    } else {
        const bool total = dx_needs_sums && parts > 1;
        if (sums) steps.push_back({NF_BACKWARD_REDUCE, TriplePlace::parts});
        if (parameters || total)
            steps.push_back({NF_BACKWARD_MERGE, TriplePlace::parts, total ? TriplePlace::total : TriplePlace::none});
        const TriplePlace triple = frozen ? TriplePlace::none : total ? TriplePlace::total : TriplePlace::parts;
        if (writes_dx || adds_dx) steps.push_back({NF_BACKWARD_APPLY, triple, TriplePlace::none, adds_dx, frozen});
    }
    if (adds_residual(d.epilogue) && d.dresidual_gradient != NF_GRADIENT_NULL) {
        // The others then read one tensor instead of dy and y.
        const bool holds_dz = d.dresidual_gradient == NF_GRADIENT_WRITE && derivative_is_0_or_1(d.epilogue);
        for (Step &step : steps) step.reads_dresidual = holds_dz;
        steps.insert(steps.begin(), residual_gradient(d)); // first in any case, because dx may be dy
    }
    return steps;
}

/// Whether kernels of the op take `deviation`; invstd is then scratch, made from it.
bool takes_deviation(nf_op op) {
    return op != NF_FORWARD_TRAIN && op != NF_MERGE && op != NF_BACKWARD_TRAIN;
}

} // namespace

std::vector<Step> compose(const CheckedProblem &problem, int64_t parts) {
    const nf_description &d = problem.description;
    switch (d.op) {
    case NF_FORWARD_TRAIN: return compose_forward_train(parts);
    case NF_FORWARD_INFERENCE:
    case NF_APPLY: return {{NF_FORWARD_INFERENCE}};
    case NF_BACKWARD_TRAIN:
    case NF_BACKWARD_FROZEN: return compose_backward(d, parts);
    case NF_STATS:
    case NF_BACKWARD_REDUCE: return compose_reduction(d.op, parts);
    case NF_MERGE:
    case NF_BACKWARD_MERGE: return {{d.op, TriplePlace::triples, TriplePlace::merged}};
    case NF_BACKWARD_APPLY:
        if (d.dx_gradient == NF_GRADIENT_NULL) return {};
        return {{d.op, TriplePlace::triples, TriplePlace::none, d.dx_gradient == NF_GRADIENT_ADD}};
    case NF_BACKWARD_RESIDUAL:
        if (d.dresidual_gradient == NF_GRADIENT_NULL) return {};
        return {residual_gradient(d)};
    }
    return {};
}

nf_epilogue epilogue_of(const Step &step, nf_epilogue problem) {
    return step.reads_dresidual ? NF_EPILOGUE_NONE : kernel_epilogue(step.op, problem);
}

const Operand *output_of(const Step &step) {
    if (writes_y(step.op)) return &operand(OperandId::y);
    if (step.op == NF_BACKWARD_RESIDUAL) return &operand(OperandId::dresidual);
    return has_store(step.op) ? &operand(OperandId::dx) : nullptr;
}

const Operand *operand_of(nf_role role, const Step &step, nf_op problem) {
    const bool running = uses_running_statistics(problem);
    switch (role) {
    case NF_ROLE_x: return &operand(OperandId::x);
    case NF_ROLE_residual: return &operand(OperandId::residual);
    case NF_ROLE_y: return &operand(OperandId::y);
    case NF_ROLE_dy: return &operand(step.reads_dresidual ? OperandId::dresidual : OperandId::dy);
    case NF_ROLE_dx: return &operand(OperandId::dx);
    case NF_ROLE_dresidual: return &operand(OperandId::dresidual);
    case NF_ROLE_addend: return output_of(step);
    case NF_ROLE_gamma: return &operand(OperandId::gamma);
    case NF_ROLE_beta: return &operand(OperandId::beta);
    case NF_ROLE_mean: return &operand(running ? OperandId::running_mean : OperandId::saved_mean);
    case NF_ROLE_deviation: return &operand(running ? OperandId::running_variance : OperandId::saved_invstd);
    case NF_ROLE_variance: return &operand(OperandId::saved_variance);
    case NF_ROLE_invstd: return takes_deviation(step.op) ? nullptr : &operand(OperandId::saved_invstd);
    case NF_ROLE_running_mean: return &operand(OperandId::running_mean);
    case NF_ROLE_running_variance: return &operand(OperandId::running_variance);
    case NF_ROLE_dgamma: return &operand(OperandId::dgamma);
    case NF_ROLE_dbeta: return &operand(OperandId::dbeta);
    default: return nullptr;
    }
}

} // namespace normforge
