// SPDX-License-Identifier: MIT
// Fully connected layer: every output is a weighted sum of all elements of its image, plus an offset.
#ifndef EXAMPLES_FASHION_MNIST_DENSE_H
#define EXAMPLES_FASHION_MNIST_DENSE_H

#include "examples/fashion_mnist/layer.h"

#include <random>

class Dense : public Layer {
public:
    Dense(Shape input, int outputs, std::mt19937 &random);

    const char *kind() const override { return "dense"; }
    const Shape &output_shape() const override { return y_.shape(); }
    const Tensor &forward(const Tensor &x, Mode mode) override;
    const Tensor &backward(const Tensor &dy) override;
    std::vector<Parameter *> parameters() override { return {&weights_, &offsets_}; }

private:
    int inputs_;
    Parameter weights_; // [output][input]
    Parameter offsets_; // [output]
    Tensor y_;          // [image][output][1][1]
    Tensor dx_;
    const Tensor *x_ = nullptr;
};

#endif
