/* SPDX-License-Identifier: MIT
 *
 * ONNX's operator BatchNormalization, opset 7 and above, as an nf_description: fill a node, get the description, go on with
 * normforge.h. C99.
 *
 *   opset of the model   computes
 *   7 to 13              inference; training, which a node asks for by more than one output there, is not offered
 *   14 and above         inference, or training with training_mode = 1
 *
 * Operands, by the names of ONNX and of nf_tensors:
 *   inference (NF_FORWARD_INFERENCE)  X: x   scale: gamma   B: beta   input_mean: running_mean   input_var: running_variance
 *                                     Y: y
 *   training (NF_FORWARD_TRAIN)       X: x   scale: gamma   B: beta   Y: y
 *                                     running_mean, running_var: running_mean, running_variance
 *
 * In training, ONNX has the statistics of before as inputs, apart from the outputs
 *   running = input * momentum + batch * (1 - momentum), with the biased variance sum((X - mean)^2) / m,
 * and normforge updates in place: copy input_mean to running_mean and input_var to running_var, c elements each, before
 * nf_plan_execute(). Where an output is its input there is nothing to copy.
 *
 * Types. ONNX 15 lets X and Y (T), scale and B (T1), and means and variances (T2) each be any of f16, f32, f64 and bf16.
 * Of these 64 run: T f32, f16 or bf16 with T1 f32 and T2 f32 or f64; T, T1 and T2 all f64. The rest is refused, each with a
 * text that names the pair. T2 f64 with another T needs kernels that the built-in set does not hold (`normforge gen` makes
 * them of the set stats64); without them nf_plan_create() says NF_NO_VARIANT. Before opset 15, T1 must be T (and before 14,
 * T2 too), so of f16 and bf16 nothing runs there.
 */
#ifndef NORMFORGE_ONNX_H
#define NORMFORGE_ONNX_H

#include <normforge/normforge.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A node BatchNormalization and its inputs' types and shape. Fill with nf_onnx_node_init(), then set what differs. */
typedef struct nf_onnx_node {
    size_t struct_size;
    int32_t opset;         /* of the model, 7 and above */
    int32_t training_mode; /* 0 or 1; 0. Must be 0 before opset 14 */
    int32_t spatial;       /* 0 or 1; 1. 0, which only opset 7 and 8 have: statistics for every position of C x D1 x ... */
    float epsilon;         /* 1e-5 */
    float momentum;        /* weight of the old value, 0.9 */
    nf_dtype T;            /* of X and Y; f32 */
    nf_dtype T1;           /* of scale and B; f32 */
    nf_dtype T2;           /* of means and variances; f32 */
    int32_t rank;          /* of X, 1 to NF_MAX_RANK; (N) alone, from opset 9 on, means one channel */
    int64_t extents[NF_MAX_RANK];
} nf_onnx_node;

/* Sets struct_size, opset and ONNX's defaults; rank 0, types f32. NF_SUCCESS, NF_NULL_POINTER, NF_OUT_OF_MEMORY.
 * Thread-safe. */
NF_API nf_status nf_onnx_node_init(nf_onnx_node *node, int32_t opset);

/* Fills *description for the node; what ONNX does not know (strides, an epilogue, threads) may be set afterwards. epsilon
 * and momentum are left to nf_plan_create() to check. After a refusal *description is unchanged.
 * NF_SUCCESS, NF_NULL_POINTER, NF_INVALID_ARGUMENT (struct_size, opset, training_mode, spatial, rank, an extent, an
 * enumerator), NF_TYPE_MISMATCH, NF_OVERFLOW (spatial 0), NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_onnx_describe(const nf_onnx_node *node, nf_description *description);

#ifdef __cplusplus
}
#endif

#endif
