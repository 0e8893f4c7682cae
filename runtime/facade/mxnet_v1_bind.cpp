// SPDX-License-Identifier: MIT
// Binds MXNet's BatchNorm_v1 to parameters and a shape: checks both and makes the plans that its calls can need.
#include "runtime/facade/mxnet_v1.h"
#include "runtime/report.h"
#include "runtime/text.h"
#include "runtime/validate.h"
#include "runtime/workspace.h"
#include <algorithm>
#include <cmath>

namespace normforge::facade {
namespace {

Status check_params(const nf_mxnet_v1_params &p) {
    if (Status status = check_struct_size("nf_mxnet_v1_params", p.struct_size, sizeof p, "nf_mxnet_v1_params_init");
        status.failed())
        return status;
    if (!(p.eps >= 0) || std::isinf(p.eps))
        return {NF_INVALID_ARGUMENT, "eps is " + number_text(p.eps) + ", expected a finite number that is not negative"};
    if (!(p.momentum >= 0 && p.momentum <= 1))
        return {NF_INVALID_ARGUMENT, "momentum is " + number_text(p.momentum) + ", expected 0 to 1"};
    for (const auto &[name, value] : {std::pair("fix_gamma", p.fix_gamma), std::pair("use_global_stats", p.use_global_stats),
                                      std::pair("output_mean_var", p.output_mean_var)})
        if (Status status = check_flag(name, value); status.failed()) return status;
    if (Status status = check_enumerator("the request out", p.out); status.failed()) return status;
    if (Status status = check_enumerator("the request data_grad", p.data_grad); status.failed()) return status;
    if (Status status = check_enumerator("the request gamma_grad", p.gamma_grad); status.failed()) return status;
    return check_enumerator("the request beta_grad", p.beta_grad);
}

Status check_shape(int32_t rank, const int64_t *extents) {
    if (rank != 2 && rank != 4)
        return {NF_INVALID_ARGUMENT, "rank is " + std::to_string(rank) + ", BatchNorm_v1 takes 2 and 4"};
    if (!extents) return null_pointer("extents");
    for (int i = 0; i < rank; ++i)
        if (extents[i] < 1)
            return {NF_INVALID_ARGUMENT, "extents[" + std::to_string(i) + "] is " + std::to_string(extents[i]) +
                                             ", BatchNorm_v1 takes 1 and more"};
    return {};
}

Status make_plan(const nf_mxnet_v1_params &params, const nf_layout &data, nf_op op, PlanPointer &plan) {
    nf_description description;
    if (Status status = status_of(nf_description_init(&description, op)); status.failed()) return status;
    description.x = data;
    description.eps = params.eps;
    description.dx_gradient = params.data_grad;
    description.dgamma_gradient = params.fix_gamma ? NF_GRADIENT_NULL : params.gamma_grad;
    description.dbeta_gradient = params.beta_grad;
    nf_plan *made = nullptr;
    Status status = status_of(nf_plan_create(&description, &made));
    plan.reset(made);
    return status;
}

/// The plans that calls with these parameters can need.
Status make_plans(nf_mxnet_v1 &op, const nf_layout &data) {
    const bool writes = op.params.out != NF_GRADIENT_NULL, batch = !op.params.use_global_stats;
    struct Wish {
        bool wanted;
        nf_op op;
        PlanPointer &plan;
    };
    const Wish wishes[] = {{batch && writes, NF_FORWARD_TRAIN, op.forward_train},
                           {batch && !writes, NF_STATS, op.stats},
                           {batch && !writes, NF_MERGE, op.merge},
                           {batch, NF_BACKWARD_TRAIN, op.backward_train},
                           {writes, NF_FORWARD_INFERENCE, op.forward_inference},
                           {true, NF_BACKWARD_FROZEN, op.backward_frozen}};
    size_t size = 0;
    for (const Wish &wish : wishes) {
        if (!wish.wanted) continue;
        if (Status status = make_plan(op.params, data, wish.op, wish.plan); status.failed()) return status;
        size = std::max(size, nf_plan_workspace_size(wish.plan.get()));
    }
    const auto channels = static_cast<size_t>(op.channels);
    size_t scratch = 0;
    if (batch) scratch = channels * (writes ? sizeof(float) : 3 * sizeof(double));
    if (op.params.out == NF_GRADIENT_ADD) scratch = static_cast<size_t>(op.elements) * sizeof(float);
    op.scratch_offset = aligned_bytes(size);
    op.workspace_size = scratch ? op.scratch_offset + scratch : size;
    return {};
}

} // namespace
} // namespace normforge::facade

using namespace normforge;
using namespace normforge::facade;

nf_status nf_mxnet_v1_params_init(nf_mxnet_v1_params *params) {
    return guarded([&]() -> Status {
        if (!params) return null_pointer("params");
        *params = nf_mxnet_v1_params{};
        params->struct_size = sizeof *params;
        params->eps = 1e-3F;
        params->momentum = 0.9F;
        params->fix_gamma = 1;
        return {};
    });
}

nf_status nf_mxnet_v1_create(const nf_mxnet_v1_params *params, int32_t rank, const int64_t *extents, nf_mxnet_v1 **op) {
    if (op) *op = nullptr;
    return guarded([&]() -> Status {
        if (!op) return null_pointer("op");
        if (!params) return null_pointer("params");
        if (Status status = check_params(*params); status.failed()) return status;
        if (Status status = check_shape(rank, extents); status.failed()) return status;
        auto made = std::make_unique<nf_mxnet_v1>();
        made->params = *params;
        made->channels = extents[1];
        nf_layout data{};
        data.rank = rank;
        for (int i = 0; i < rank; ++i) {
            data.extents[i] = extents[i];
            if (__builtin_mul_overflow(made->elements, extents[i], &made->elements))
                return {NF_OVERFLOW, "extents " + times_text(extents, rank) + " are more elements than fit in 63 bits"};
        }
        if (Status status = make_plans(*made, data); status.failed()) return status;
        *op = made.release();
        return {};
    });
}

void nf_mxnet_v1_destroy(nf_mxnet_v1 *op) {
    delete op;
}

size_t nf_mxnet_v1_workspace_size(const nf_mxnet_v1 *op) {
    return op ? op->workspace_size : 0;
}
