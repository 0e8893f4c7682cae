// SPDX-License-Identifier: MIT
// Largest of each 2 x 2 square; an odd last row or column is left out.
#ifndef EXAMPLES_FASHION_MNIST_MAX_POOL_H
#define EXAMPLES_FASHION_MNIST_MAX_POOL_H

#include "examples/fashion_mnist/layer.h"

#include <cstdint>

class MaxPool : public Layer {
public:
    explicit MaxPool(Shape input);

    const char *kind() const override { return "pooling"; }
    const Shape &output_shape() const override { return y_.shape(); }
    const Tensor &forward(const Tensor &x, Mode mode) override;
    const Tensor &backward(const Tensor &dy) override;

private:
    Tensor y_;
    Tensor dx_;
    std::vector<std::uint8_t> winner_; // per output: which of the four it was, 0 to 3 in reading order
};

#endif
