// SPDX-License-Identifier: MIT
// Batch normalisation with a fused ReLU, by normforge: three plans, made once, executed for every batch.
#ifndef EXAMPLES_FASHION_MNIST_BATCH_NORM_H
#define EXAMPLES_FASHION_MNIST_BATCH_NORM_H

#include "examples/fashion_mnist/layer.h"

#include <normforge/normforge.hpp>

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
    /// One operation: the plan, and the name of the variant that its last execution took.
    struct Operation {
        Operation(nf_op op, const Shape &shape);
        void execute(const nf_tensors &tensors);

        normforge::Plan plan;
        const char *ran = "";
    };

    Operation train_;
    Operation test_;
    Operation gradient_;
    normforge::Workspace workspace_; // shared: the operations run one after another

    Parameter gamma_;
    Parameter beta_;
    std::vector<float> running_mean_; // of the training data, for testing
    std::vector<float> running_variance_;
    std::vector<float> saved_mean_; // of the last batch, from forward() for backward()
    std::vector<float> saved_invstd_;
    Tensor y_;
    Tensor dx_;
    normforge::Tensors tensors_; // everything that stays the same from batch to batch
};

#endif
