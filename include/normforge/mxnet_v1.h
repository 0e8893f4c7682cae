/* SPDX-License-Identifier: MIT
 *
 * MXNet's operator BatchNorm_v1 (MXNet 0.11 to 1.9.1), for programs that must go on as it did. C99. Its oddities are wanted
 * here and nowhere else; new programs take normforge.h, which has none of them.
 *
 * Data f32, contiguous, rank 2 (N, C) or 4 (N, C, H, W), channel axis 1; c = C, m = elements / c. In the words of MXNet:
 *
 *   batch mode    training (is_train) without use_global_stats; statistics are the batch's
 *   global mode   everything else: statistics are moving_mean and moving_var. use_global_stats 0 does not force batch
 *                 statistics outside training
 *
 *   forward       out = (data - mean) / sqrt(var + eps) * gamma + beta
 *   backward      with xhat = (data - mean) / sqrt(var + eps): gamma_grad = sum(out_grad * xhat), beta_grad = sum(out_grad)
 *                 batch mode:  data_grad = gamma / sqrt(var + eps) * (out_grad - beta_grad / m - xhat * gamma_grad / m)
 *                 global mode: data_grad = gamma / sqrt(var + eps) * out_grad
 *
 * The oddities, all of them MXNet's:
 *   1. eps is 1e-3 by default, where most others have 1e-5.
 *   2. fix_gamma is on by default. It overwrites the CALLER'S gamma with 1 in every forward and every backward, training or
 *      not, whatever is requested, and its gradient is 0: written as 0, left as it is where it is added to or not wanted.
 *   3. The moving averages move in BACKWARD, not in forward: forward alone never moves them, two backwards move them twice.
 *      They move in batch mode only, whatever gradients are requested, from the mean and var that forward wrote:
 *      moving = moving * momentum + batch * (1 - momentum), momentum as the float that it is. (MXNet's engine does not call
 *      backward where no gradient is wanted at all; who mirrors it does not call it either.)
 *   4. The variance is the biased one, sum((x - mean)^2) / m, also in moving_var.
 *   5. The second statistic of forward is that VARIANCE, without eps; MXNet's later BatchNorm gives 1 / sqrt(var + eps).
 *      In global mode mean and var are copies of moving_mean and moving_var. Both are written whether anybody asks or not.
 *   6. Gradients of the outputs mean and var are ignored by MXNet; here there is no way to pass any.
 *   7. out can be requested to be added to, or not at all, with is_train 1; with 0 it is written or the call is refused.
 *
 * Where this differs from MXNet, on purpose:
 *   - MXNet checks next to nothing. Here values, lengths, pointers and overlap are; momentum is 0 to 1, eps finite and >= 0.
 *   - Where var + eps is 0, 1 / sqrt(var + eps) counts as 0 and not as infinity.
 *   - Sums are more exact, and global mode computes data - moving_mean first, where MXNet folds the mean into an offset.
 *     The moving averages are computed in f64 and rounded once.
 *   - data_grad may be out_grad; MXNet's beta_grad is wrong then.
 *   - An extent of 0 is refused; MXNet takes it for an unknown one.
 */
#ifndef NORMFORGE_MXNET_V1_H
#define NORMFORGE_MXNET_V1_H

#include <normforge/normforge.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What MXNet fixes when it binds the operator. Requests are null, write or add, as MXNet's kNullOp, kWriteTo, kAddTo. */
typedef struct nf_mxnet_v1_params {
    size_t struct_size;
    float eps;                /* 1e-3 */
    float momentum;           /* weight of the old value, 0.9 */
    int32_t fix_gamma;        /* 0 or 1; 1 */
    int32_t use_global_stats; /* 0 or 1; 0 */
    int32_t output_mean_var;  /* 0 or 1; 0: mean and var may be absent in global mode. In batch mode backward reads them */
    nf_gradient out;          /* requests; write */
    nf_gradient data_grad;
    nf_gradient gamma_grad;
    nf_gradient beta_grad;
} nf_mxnet_v1_params;

/* The arrays of one call. Per-channel arrays are f32 of length c.
 *
 *                             forward        forward        backward       backward
 *                             batch mode     global mode    batch mode     global mode
 *   data                      in             in             in             in
 *   gamma                     in (1)         in (1)         in (1)         in (1)
 *   beta                      in             in             -              -
 *   moving_mean, moving_var   -              in             in/out         in
 *   mean, var                 out            out (2)        in             -
 *   out                       request        request        -              -
 *   out_grad                  -              -              in             in
 *   *_grad                    -              -              request        request
 *   workspace                 scratch of nf_mxnet_v1_workspace_size() bytes, may be null if that is 0
 *
 * request: out, in/out, or ignored, as the parameters ask for.
 * (1) With fix_gamma not read, but overwritten with 1. (2) Optional without output_mean_var: null.
 * What is written may overlap nothing else, but out may be data if it is written, and data_grad out_grad. */
typedef struct nf_mxnet_v1_arrays {
    size_t struct_size;
    const float *data;
    float *out;
    const float *out_grad;
    float *data_grad;
    nf_channels gamma;
    nf_channels beta;
    nf_channels moving_mean;
    nf_channels moving_var;
    nf_channels mean;
    nf_channels var;
    nf_channels gamma_grad;
    nf_channels beta_grad;
    void *workspace;
    size_t workspace_size;
} nf_mxnet_v1_arrays;

/* A bound operator: parameters, a shape, and the plans for it. Immutable. */
typedef struct nf_mxnet_v1 nf_mxnet_v1;

/* Sets struct_size and MXNet's defaults. NF_SUCCESS, NF_NULL_POINTER, NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_mxnet_v1_params_init(nf_mxnet_v1_params *params);

/* Sets struct_size and clears the rest. NF_SUCCESS, NF_NULL_POINTER, NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_mxnet_v1_arrays_init(nf_mxnet_v1_arrays *arrays);

/* Binds parameters to a shape. On success *op is a new operator, on failure it is null and nf_last_error() says why.
 * NF_SUCCESS, NF_NULL_POINTER, NF_INVALID_ARGUMENT (a parameter, rank, an extent), NF_OVERFLOW, NF_NO_VARIANT and
 * NF_UNKNOWN_VARIANT (as nf_plan_create), NF_OUT_OF_MEMORY. Thread-safe. */
NF_API nf_status nf_mxnet_v1_create(const nf_mxnet_v1_params *params, int32_t rank, const int64_t *extents,
                                    nf_mxnet_v1 **op);

/* Releases an operator that no thread is using. Null is allowed. */
NF_API void nf_mxnet_v1_destroy(nf_mxnet_v1 *op);

/* Bytes of workspace that any call of the operator needs, 0 if op is null. Nothing else is allocated by a call. A request to
 * add to out costs the size of out, and one more sweep over it on the calling thread. Thread-safe. */
NF_API size_t nf_mxnet_v1_workspace_size(const nf_mxnet_v1 *op);

/* One forward. is_train is 0 or 1. After NF_KERNEL_FAILED what is written is undefined, after any other refusal every byte
 * of it is unchanged. NF_SUCCESS, NF_NULL_POINTER, NF_INVALID_ARGUMENT (is_train; struct_size; a request for out other than
 * write with is_train 0), NF_SHAPE_MISMATCH, NF_MISALIGNED, NF_OVERLAP, NF_WORKSPACE_TOO_SMALL, NF_KERNEL_FAILED,
 * NF_OUT_OF_MEMORY. Thread-safe with arrays of its own for each call. */
NF_API nf_status nf_mxnet_v1_forward(const nf_mxnet_v1 *op, int32_t is_train, const nf_mxnet_v1_arrays *arrays);

/* One backward, with the data, mean and var of the forward. Statuses and thread safety as nf_mxnet_v1_forward. */
NF_API nf_status nf_mxnet_v1_backward(const nf_mxnet_v1 *op, int32_t is_train, const nf_mxnet_v1_arrays *arrays);

#ifdef __cplusplus
}
#endif

#endif
