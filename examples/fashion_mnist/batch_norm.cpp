// SPDX-License-Identifier: MIT
// How a program uses normforge: describe the problem, make a plan once, fill in pointers, execute.
#include "examples/fashion_mnist/batch_norm.h"

#include <algorithm>
#include <stdexcept>

namespace {

void check(nf_status status, const char *call) {
    if (status == NF_SUCCESS) return;
    throw std::runtime_error(std::string(call) + ": " + nf_status_string(status) + ": " + nf_last_error());
}

nf_channels channels(std::vector<float> &values) {
    return {values.data(), static_cast<int64_t>(values.size())};
}

/// A tensor of at least `bytes`, one row, for use as workspace; Tensor's alignment is what normforge asks for.
Shape workspace_shape(std::size_t bytes) {
    return {1, 1, 1, static_cast<int>((bytes + sizeof(float) - 1) / sizeof(float))};
}

} // namespace

BatchNormRelu::Operation::Operation(nf_op op, const Shape &shape) {
    nf_description description;
    check(nf_description_init(&description, op), "nf_description_init");
    description.epilogue = NF_EPILOGUE_RELU;
    description.x = {NF_F32, 4, {shape.n, shape.c, shape.h, shape.w}, {}}; // no strides: contiguous; y, dy, dx: like x
    description.axis = 1;

    nf_plan *made = nullptr;
    check(nf_plan_create(&description, &made), "nf_plan_create");
    plan.reset(made);
}

void BatchNormRelu::Operation::execute(const nf_tensors &tensors) {
    check(nf_plan_execute(plan.get(), &tensors), "nf_plan_execute");
    ran = nf_last_variant();
}

BatchNormRelu::BatchNormRelu(Shape shape)
    : train_(NF_FORWARD_TRAIN, shape),
      test_(NF_FORWARD_INFERENCE, shape),
      gradient_(NF_BACKWARD_TRAIN, shape),
      gamma_(shape.c, 1.0F),
      beta_(shape.c, 0.0F),
      running_mean_(shape.c, 0.0F),
      running_variance_(shape.c, 1.0F),
      saved_mean_(shape.c),
      saved_invstd_(shape.c),
      y_(shape),
      dx_(shape),
      workspace_(
          workspace_shape(std::max({nf_plan_workspace_size(train_.plan.get()), nf_plan_workspace_size(test_.plan.get()),
                                    nf_plan_workspace_size(gradient_.plan.get())}))) {
    gamma_.decays = false;
    beta_.decays = false;

    // Each operation takes the operands it needs from here and ignores the others.
    check(nf_tensors_init(&tensors_), "nf_tensors_init");
    tensors_.y = y_.data();
    tensors_.dx = dx_.data();
    tensors_.gamma = channels(gamma_.values);
    tensors_.beta = channels(beta_.values);
    tensors_.saved_mean = channels(saved_mean_);
    tensors_.saved_invstd = channels(saved_invstd_);
    tensors_.running_mean = channels(running_mean_);
    tensors_.running_variance = channels(running_variance_);
    tensors_.dgamma = channels(gamma_.gradient);
    tensors_.dbeta = channels(beta_.gradient);
    tensors_.workspace = workspace_.data();
    tensors_.workspace_size = workspace_.shape().size() * sizeof(float);
}

const Tensor &BatchNormRelu::forward(const Tensor &x, Mode mode) {
    tensors_.x = x.data(); // backward() reads it again
    (mode == Mode::kTrain ? train_ : test_).execute(tensors_);
    return y_;
}

const Tensor &BatchNormRelu::backward(const Tensor &dy) {
    tensors_.dy = dy.data();
    gradient_.execute(tensors_);
    return dx_;
}

std::vector<std::string> BatchNormRelu::variants() const {
    return {train_.ran, gradient_.ran, test_.ran};
}
