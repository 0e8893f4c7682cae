// SPDX-License-Identifier: MIT
// See ours.h.
#include "tools/gpu_check/ours.h"

#include "runtime/ops.h"

namespace normforge::gpu_check {

namespace {

void require_success(nf_status status, const char *call) {
    if (status == NF_SUCCESS) return;
    const std::string text = std::string(call) + ": " + nf_last_error();
    if (status == NF_NO_VARIANT) throw NotOffered(text);
    throw std::runtime_error(text);
}

nf_plan *make_plan(nf_description description) {
    nf_plan *plan = nullptr;
    description.device = NF_DEVICE_CUDA;
    require_success(nf_plan_create(&description, &plan), "nf_plan_create");
    return plan;
}

/// Everything that the operands hold, whether the op has a use for it or not.
nf_tensors tensors_of(const Operands &operands) {
    nf_tensors tensors;
    nf_tensors_init(&tensors);
    const int64_t c = operands.geometry().c;
    const auto channels = [&](const char *name) {
        void *const data = operands.at(name);
        return nf_channels{data, data ? c : 0};
    };
    tensors.x = operands.at("x");
    tensors.residual = operands.at("residual");
    tensors.y = operands.at("y");
    tensors.dy = operands.at("dy");
    tensors.dx = operands.at("dx");
    tensors.dresidual = operands.at("dresidual");
    tensors.gamma = channels("gamma");
    tensors.beta = channels("beta");
    tensors.saved_mean = channels("saved_mean");
    tensors.saved_invstd = channels("saved_invstd");
    tensors.running_mean = channels("running_mean");
    tensors.running_variance = channels("running_variance");
    tensors.dgamma = channels("dgamma");
    tensors.dbeta = channels("dbeta");
    return tensors;
}

Memory add_workspace(nf_tensors &tensors, const nf_plan *plan) {
    Memory workspace(nf_plan_workspace_size(plan));
    tensors.workspace = workspace.pointer();
    tensors.workspace_size = workspace.bytes();
    return workspace;
}

} // namespace

Ours::Ours(const Operands &operands)
    : Competitor("normforge"),
      operands_(operands),
      plan_(make_plan(operands.description())),
      tensors_(tensors_of(operands)),
      mean_(operands.channels()),
      invstd_(operands.channels()) {
    own_.push_back(add_workspace(tensors_, plan_));
    if (operands.is_backward()) run_forward();
}

Ours::~Ours() {
    nf_plan_destroy(plan_);
}

void Ours::run() {
    require_success(nf_plan_execute(plan_, &tensors_), "nf_plan_execute");
}

void Ours::run_forward() {
    nf_description forward = operands_.description();
    forward.op = NF_FORWARD_TRAIN;
    // Without a residual backward recomputes the pre-activation from x; y itself is not needed.
    if (!adds_residual(forward.epilogue)) forward.epilogue = NF_EPILOGUE_NONE;
    own_.push_back(operands_.tensor());
    nf_tensors tensors = tensors_of(operands_);
    tensors.y = own_.back().pointer();
    tensors.saved_mean = {saved_mean(), operands_.geometry().c};
    tensors.saved_invstd = {saved_invstd(), operands_.geometry().c};
    nf_plan *const plan = make_plan(forward);
    const Memory workspace = add_workspace(tensors, plan);
    const nf_status status = nf_plan_execute(plan, &tensors);
    nf_plan_destroy(plan);
    require_success(status, "nf_plan_execute");
    require(cuda_driver().synchronize(), "cuCtxSynchronize"); // the workspace goes now
    tensors_.saved_mean = tensors.saved_mean;
    tensors_.saved_invstd = tensors.saved_invstd;
    if (adds_residual(forward.epilogue))
        tensors_.y = tensors.y;
    else
        own_.pop_back();
}

} // namespace normforge::gpu_check
