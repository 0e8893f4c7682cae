// SPDX-License-Identifier: MIT
// 3 x 3 convolution with stride 1 and a border of zeros, so that planes keep their size. No offset: the batch normalisation
// that follows has one.
#ifndef EXAMPLES_FASHION_MNIST_CONVOLUTION_H
#define EXAMPLES_FASHION_MNIST_CONVOLUTION_H

#include "examples/fashion_mnist/layer.h"

#include <random>

/// Whether backward() computes the gradient by the input; the first layer's is of no use to anyone.
enum class InputGradient { kSkip, kCompute };

class Convolution : public Layer {
public:
    Convolution(Shape input, int channels, InputGradient input_gradient, std::mt19937 &random);

    const char *kind() const override { return "convolution"; }
    const Shape &output_shape() const override { return y_.shape(); }
    const Tensor &forward(const Tensor &x, Mode mode) override;
    const Tensor &backward(const Tensor &dy) override;
    std::vector<Parameter *> parameters() override { return {&weights_}; }

private:
    InputGradient input_gradient_;
    int taps_;          // input channels * 9: length of the dot product behind one output
    Parameter weights_; // [output channel][tap]
    Tensor y_;
    Tensor dx_;
    Tensor columns_;         // [tap][pixel] of one image: the input under each tap
    Tensor column_gradient_; // the same for the gradient
    const Tensor *x_ = nullptr;
};

#endif
