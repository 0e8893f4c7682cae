// SPDX-License-Identifier: MIT
// Facts about ops and epilogues that several parts need; everything else about an op is in the operand table.
#pragma once

#include <normforge/kernel_table.h>

namespace normforge {

/// Whether y is what the op writes.
constexpr bool writes_y(nf_op op) {
    return op == NF_FORWARD_TRAIN || op == NF_FORWARD_INFERENCE || op == NF_APPLY;
}

/// Whether kernels of the op see tensors and so have a form; the others work on triples alone.
constexpr bool has_form(nf_op op) {
    return op != NF_MERGE && op != NF_BACKWARD_MERGE;
}

/// Whether the op depends on the epilogue.
constexpr bool has_epilogue(nf_op op) {
    return has_form(op) && op != NF_STATS;
}

/// Whether kernels of the op write a tensor and so have a store policy.
constexpr bool has_store(nf_op op) {
    return has_epilogue(op) && op != NF_BACKWARD_REDUCE;
}

/// Whether kernels of the op sum over tensors.
constexpr bool reduces(nf_op op) {
    return op == NF_FORWARD_TRAIN || op == NF_BACKWARD_TRAIN || op == NF_BACKWARD_FROZEN || op == NF_STATS ||
           op == NF_BACKWARD_REDUCE;
}

/// The op whose kernels run `op`.
constexpr nf_op kernel_op(nf_op op) {
    return op == NF_APPLY ? NF_FORWARD_INFERENCE : op;
}

constexpr bool adds_residual(nf_epilogue epilogue) {
    return epilogue >= NF_EPILOGUE_ADD;
}

/// The epilogue without its residual.
constexpr nf_epilogue activation_of(nf_epilogue epilogue) {
    return static_cast<nf_epilogue>(epilogue % NF_EPILOGUE_ADD);
}

/// Whether the sign or range of y says what the derivative is. With a residual, backward then reads y; of the other
/// activations it recomputes the pre-activation.
constexpr bool derivative_from_output(nf_epilogue epilogue) {
    const nf_epilogue f = activation_of(epilogue);
    return f == NF_EPILOGUE_RELU || f == NF_EPILOGUE_LEAKY_RELU || f == NF_EPILOGUE_RELU6;
}

/// Whether dz is dy or 0 everywhere: in any type dresidual then holds dz itself, unrounded.
constexpr bool derivative_is_0_or_1(nf_epilogue epilogue) {
    const nf_epilogue f = activation_of(epilogue);
    return f == NF_EPILOGUE_NONE || f == NF_EPILOGUE_RELU || f == NF_EPILOGUE_RELU6;
}

/// What a backward kernel of the op is compiled for: without an activation dz is dy, residual or not. Only
/// backward_residual copies even so.
constexpr nf_epilogue kernel_epilogue(nf_op op, nf_epilogue epilogue) {
    if (!has_epilogue(op)) return NF_EPILOGUE_NONE;
    const bool backward = !writes_y(op) && op != NF_BACKWARD_RESIDUAL;
    return backward && epilogue == NF_EPILOGUE_ADD ? NF_EPILOGUE_NONE : epilogue;
}

} // namespace normforge
