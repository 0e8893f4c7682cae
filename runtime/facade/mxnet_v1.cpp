// SPDX-License-Identifier: MIT
// Forward and backward of MXNet's BatchNorm_v1 over the C contract, see the public mxnet_v1.h: its oddities are here.
#include "runtime/facade/mxnet_v1.h"
#include "runtime/facade/arrays.h"
#include "runtime/names.h"
#include "runtime/report.h"
#include "runtime/validate.h"
#include <algorithm>
#include <cmath>

namespace normforge::facade {
namespace {

bool uses_batch(const nf_mxnet_v1 &op, int32_t is_train) {
    return is_train && !op.params.use_global_stats;
}

Use use_of(nf_gradient request) {
    return request == NF_GRADIENT_NULL ? Use::none : Use::out;
}

/// The input that an output with this request may be.
const float *in_place(nf_gradient request, const float *input) {
    return request == NF_GRADIENT_WRITE ? input : nullptr;
}

Status check_call(const nf_mxnet_v1 *op, int32_t is_train, const nf_mxnet_v1_arrays *arrays) {
    if (!op) return null_pointer("op");
    if (!arrays) return null_pointer("arrays");
    if (Status status =
            check_struct_size("nf_mxnet_v1_arrays", arrays->struct_size, sizeof *arrays, "nf_mxnet_v1_arrays_init");
        status.failed())
        return status;
    return check_flag("is_train", is_train);
}

Status check_forward(const nf_mxnet_v1 &op, int32_t is_train, const nf_mxnet_v1_arrays &a) {
    const nf_mxnet_v1_params &p = op.params;
    if (!is_train && p.out != NF_GRADIENT_WRITE)
        return {NF_INVALID_ARGUMENT,
                std::string("the request out is ") + name_of(p.out) + " and is_train is 0; expected write"};
    const bool batch = uses_batch(op, is_train);
    const Use statistics = batch || p.output_mean_var ? Use::out : Use::optional_out;
    Arrays arrays("forward", op.elements, op.channels);
    arrays.add_tensor("data", a.data, Use::in);
    arrays.add_tensor("out", a.out, use_of(p.out), in_place(p.out, a.data));
    arrays.add_channels("gamma", a.gamma, p.fix_gamma ? Use::out : Use::in);
    arrays.add_channels("beta", a.beta, Use::in);
    arrays.add_channels("moving_mean", a.moving_mean, batch ? Use::none : Use::in);
    arrays.add_channels("moving_var", a.moving_var, batch ? Use::none : Use::in);
    arrays.add_channels("mean", a.mean, statistics);
    arrays.add_channels("var", a.var, statistics);
    return arrays.check(a.workspace, a.workspace_size, op.workspace_size);
}

Status check_backward(const nf_mxnet_v1 &op, int32_t is_train, const nf_mxnet_v1_arrays &a) {
    const nf_mxnet_v1_params &p = op.params;
    const bool batch = uses_batch(op, is_train);
    Arrays arrays("backward", op.elements, op.channels);
    arrays.add_tensor("data", a.data, Use::in);
    arrays.add_tensor("out_grad", a.out_grad, Use::in);
    arrays.add_tensor("data_grad", a.data_grad, use_of(p.data_grad), in_place(p.data_grad, a.out_grad));
    arrays.add_channels("gamma", a.gamma, p.fix_gamma ? Use::out : Use::in);
    arrays.add_channels("moving_mean", a.moving_mean, batch ? Use::out : Use::in);
    arrays.add_channels("moving_var", a.moving_var, batch ? Use::out : Use::in);
    arrays.add_channels("mean", a.mean, batch ? Use::in : Use::none);
    arrays.add_channels("var", a.var, batch ? Use::in : Use::none);
    arrays.add_channels("gamma_grad", a.gamma_grad, use_of(p.gamma_grad));
    arrays.add_channels("beta_grad", a.beta_grad, use_of(p.beta_grad));
    return arrays.check(a.workspace, a.workspace_size, op.workspace_size);
}

float *floats(const nf_channels &channels) {
    return static_cast<float *>(channels.data);
}

void *scratch_of(const nf_mxnet_v1 &op, const nf_mxnet_v1_arrays &a) {
    return static_cast<char *>(a.workspace) + op.scratch_offset;
}

/// What forward and backward share. A fixed gamma is absent: 1, without touching the caller's before all has gone well.
nf_tensors tensors_of(const nf_mxnet_v1 &op, const nf_mxnet_v1_arrays &a) {
    nf_tensors tensors{};
    tensors.struct_size = sizeof tensors;
    tensors.x = a.data;
    if (!op.params.fix_gamma) tensors.gamma = a.gamma;
    tensors.running_mean = a.moving_mean;
    tensors.running_variance = a.moving_var;
    tensors.workspace = a.workspace;
    tensors.workspace_size = a.workspace_size;
    return tensors;
}

/// Mean and variance of the batch, for those who want no out.
Status write_statistics(const nf_mxnet_v1 &op, nf_tensors tensors, void *triple) {
    tensors.running_mean = tensors.running_variance = {};
    tensors.triples = {triple, 3 * op.channels};
    if (Status status = status_of(nf_plan_execute(op.stats.get(), &tensors)); status.failed()) return status;
    return status_of(nf_plan_execute(op.merge.get(), &tensors));
}

Status forward(const nf_mxnet_v1 &op, int32_t is_train, const nf_mxnet_v1_arrays &a) {
    if (Status status = check_forward(op, is_train, a); status.failed()) return status;
    const bool batch = uses_batch(op, is_train), adds = op.params.out == NF_GRADIENT_ADD;
    nf_tensors tensors = tensors_of(op, a);
    tensors.beta = a.beta;
    tensors.y = adds ? scratch_of(op, a) : a.out;
    if (batch) {
        tensors.running_mean = tensors.running_variance = {}; // they move in backward
        tensors.saved_mean = a.mean;
        tensors.saved_variance = a.var;
    }
    Status status;
    if (op.params.out != NF_GRADIENT_NULL)
        status = status_of(nf_plan_execute((batch ? op.forward_train : op.forward_inference).get(), &tensors));
    else if (batch)
        status = write_statistics(op, tensors, scratch_of(op, a));
    if (status.failed()) return status;

    const auto *y = static_cast<const float *>(tensors.y);
    for (int64_t i = 0; adds && i < op.elements; ++i) a.out[i] += y[i];
    if (!batch && a.mean.data) std::copy_n(floats(a.moving_mean), op.channels, floats(a.mean));
    if (!batch && a.var.data) std::copy_n(floats(a.moving_var), op.channels, floats(a.var));
    if (op.params.fix_gamma) std::fill_n(floats(a.gamma), op.channels, 1.0F);
    return {};
}

/// From the saved variance, as the kernels compute it: in f64, rounded once, 0 where there is nothing to divide by.
void write_invstd(const nf_mxnet_v1 &op, const float *variance, float *invstd) {
    for (int64_t i = 0; i < op.channels; ++i) {
        const double sum = static_cast<double>(variance[i]) + static_cast<double>(op.params.eps);
        invstd[i] = sum == 0 ? 0.0F : static_cast<float>(1 / std::sqrt(sum));
    }
}

void move_average(const nf_mxnet_v1 &op, const float *batch, float *moving) {
    const double momentum = op.params.momentum;
    for (int64_t i = 0; i < op.channels; ++i)
        moving[i] = static_cast<float>(momentum * moving[i] + (1 - momentum) * batch[i]);
}

Status backward(const nf_mxnet_v1 &op, int32_t is_train, const nf_mxnet_v1_arrays &a) {
    if (Status status = check_backward(op, is_train, a); status.failed()) return status;
    const bool batch = uses_batch(op, is_train);
    nf_tensors tensors = tensors_of(op, a);
    tensors.dy = a.out_grad;
    tensors.dx = a.data_grad;
    tensors.dgamma = a.gamma_grad;
    tensors.dbeta = a.beta_grad;
    if (batch) {
        tensors.saved_mean = a.mean;
        tensors.saved_invstd = {scratch_of(op, a), op.channels};
        write_invstd(op, floats(a.var), floats(tensors.saved_invstd));
    }
    if (Status status = status_of(nf_plan_execute((batch ? op.backward_train : op.backward_frozen).get(), &tensors));
        status.failed())
        return status;

    if (batch) {
        move_average(op, floats(a.mean), floats(a.moving_mean));
        move_average(op, floats(a.var), floats(a.moving_var));
    }
    if (!op.params.fix_gamma) return {};
    std::fill_n(floats(a.gamma), op.channels, 1.0F);
    if (op.params.gamma_grad == NF_GRADIENT_WRITE) std::fill_n(floats(a.gamma_grad), op.channels, 0.0F);
    return {};
}

} // namespace
} // namespace normforge::facade

using namespace normforge;
using namespace normforge::facade;

nf_status nf_mxnet_v1_arrays_init(nf_mxnet_v1_arrays *arrays) {
    return guarded([&]() -> Status {
        if (!arrays) return null_pointer("arrays");
        *arrays = nf_mxnet_v1_arrays{};
        arrays->struct_size = sizeof *arrays;
        return {};
    });
}

nf_status nf_mxnet_v1_forward(const nf_mxnet_v1 *op, int32_t is_train, const nf_mxnet_v1_arrays *arrays) {
    return guarded([&]() -> Status {
        if (Status status = check_call(op, is_train, arrays); status.failed()) return status;
        return forward(*op, is_train, *arrays);
    });
}

nf_status nf_mxnet_v1_backward(const nf_mxnet_v1 *op, int32_t is_train, const nf_mxnet_v1_arrays *arrays) {
    return guarded([&]() -> Status {
        if (Status status = check_call(op, is_train, arrays); status.failed()) return status;
        return backward(*op, is_train, *arrays);
    });
}
