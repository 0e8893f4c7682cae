// SPDX-License-Identifier: MIT
// Batch normalisation with a fused ReLU, by normforge: three plans, made once, executed for every batch.
#ifndef EXAMPLES_FASHION_MNIST_BATCH_NORM_H
#define EXAMPLES_FASHION_MNIST_BATCH_NORM_H

#include "examples/fashion_mnist/layer.h"

#include <normforge/normforge.h>

class BatchNormRelu : public Layer {
public:
    explicit BatchNormRelu(Shape shape);

    const char *kind() const override { return "batch normalisation"; }
    const Shape &output_shape() const override { return y_.shape(); }
    const Tensor &forward(const Tensor &x, Mode mode) override;
    const Tensor &backward(const Tensor &dy) override;
    std::vector<Parameter *> parameters() override { return {&gamma_, &beta_}; }
    std::vector<std::string> variants() const override;

private:
    struct DestroyPlan {
        void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
    };

    /// One operation: the plan, and the name of the variant that its last execution took.
    struct Operation {
        Operation(nf_op op, const Shape &shape);
        void execute(const nf_tensors &tensors);

        std::unique_ptr<nf_plan, DestroyPlan> plan;
        const char *ran = "";
    };

    Operation train_;
    Operation test_;
    Operation gradient_;

    Parameter gamma_;
    Parameter beta_;
    std::vector<float> running_mean_; // of the training data, for testing
    std::vector<float> running_variance_;
    std::vector<float> saved_mean_; // of the last batch, from forward() for backward()
    std::vector<float> saved_invstd_;
    Tensor y_;
    Tensor dx_;
    Tensor workspace_;
    nf_tensors tensors_; // everything that stays the same from batch to batch
};

#endif
