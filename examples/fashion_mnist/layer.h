// SPDX-License-Identifier: MIT
// What every layer of the network can do. Layers own their outputs and scratch: after construction nothing is allocated.
#ifndef EXAMPLES_FASHION_MNIST_LAYER_H
#define EXAMPLES_FASHION_MNIST_LAYER_H

#include "examples/fashion_mnist/tensor.h"

#include <string>
#include <vector>

enum class Mode { kTrain, kTest };

class Layer {
public:
    Layer() = default;
    Layer(const Layer &) = delete;
    Layer &operator=(const Layer &) = delete;
    virtual ~Layer() = default;

    /// What the layer is, for the report of where time went.
    virtual const char *kind() const = 0;
    virtual const Shape &output_shape() const = 0;

    /// The result lives in the layer until the next call; `x` must live until backward() has run.
    virtual const Tensor &forward(const Tensor &x, Mode mode) = 0;

    /// From the loss's gradient by the output of the last forward(kTrain): fills the gradients of the layer's parameters and
    /// returns the gradient by its input.
    virtual const Tensor &backward(const Tensor &dy) = 0;

    virtual std::vector<Parameter *> parameters() { return {}; }

    /// The normforge variants that ran, one text each.
    virtual std::vector<std::string> variants() const { return {}; }
};

#endif
