// SPDX-License-Identifier: MIT
// How a program uses normforge: describe the problem, make a plan once, fill in pointers, execute.
#include "examples/fashion_mnist/batch_norm.h"

#include <algorithm>

namespace {

normforge::Plan make_plan(nf_op op, const Shape &shape) {
    normforge::Description description(op, {shape.n, shape.c, shape.h, shape.w}); // contiguous; axis 1 is the channel
    description.epilogue = NF_EPILOGUE_RELU;
    return normforge::Plan(description);
}

} // namespace

BatchNormRelu::Operation::Operation(nf_op op, const Shape &shape) : plan(make_plan(op, shape)) {}

void BatchNormRelu::Operation::execute(const nf_tensors &tensors) {
    plan.execute(tensors);
    ran = nf_last_variant();
}

BatchNormRelu::BatchNormRelu(Shape shape)
    : train_(NF_FORWARD_TRAIN, shape),
      test_(NF_FORWARD_INFERENCE, shape),
      gradient_(NF_BACKWARD_TRAIN, shape),
      workspace_(std::max({train_.plan.workspace_size(), test_.plan.workspace_size(), gradient_.plan.workspace_size()})),
      gamma_(shape.c, 1.0F),
      beta_(shape.c, 0.0F),
      running_mean_(shape.c, 0.0F),
      running_variance_(shape.c, 1.0F),
      saved_mean_(shape.c),
      saved_invstd_(shape.c),
      y_(shape),
      dx_(shape),
      tensors_(workspace_) {
    gamma_.decays = false;
    beta_.decays = false;

    // Each operation takes the operands it needs from here and ignores the others.
    tensors_.y = y_.data();
    tensors_.dx = dx_.data();
    tensors_.gamma = normforge::channels(gamma_.values);
    tensors_.beta = normforge::channels(beta_.values);
    tensors_.saved_mean = normforge::channels(saved_mean_);
    tensors_.saved_invstd = normforge::channels(saved_invstd_);
    tensors_.running_mean = normforge::channels(running_mean_);
    tensors_.running_variance = normforge::channels(running_variance_);
    tensors_.dgamma = normforge::channels(gamma_.gradient);
    tensors_.dbeta = normforge::channels(beta_.gradient);
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
