// SPDX-License-Identifier: MIT
// The network: three blocks of convolution, batch normalisation with ReLU, and pooling, then a dense layer; and the steps of
// training it by stochastic gradient descent. Shapes per image: 1x28x28, 16x14x14, 32x7x7, 64x3x3, 10.
#ifndef EXAMPLES_FASHION_MNIST_NETWORK_H
#define EXAMPLES_FASHION_MNIST_NETWORK_H

#include "examples/fashion_mnist/layer.h"

#include <cstdint>
#include <map>
#include <random>

/// A batch on its way into the network; always full, see Network::classify().
struct Batch {
    explicit Batch(int size);

    Tensor images; // [size][1][28][28]
    std::vector<std::uint8_t> labels;
};

class Network {
public:
    Network(int batch_size, std::uint32_t seed);

    /// One step of gradient descent; returns the mean cross entropy (natural logarithm) of the batch before it.
    double train(const Batch &batch, float learning_rate);

    /// Number of right answers among the first `count` images. The others fill a last batch: with running statistics no
    /// image touches another's result.
    int classify(const Batch &batch, int count);

    /// Seconds spent in each kind of layer so far.
    const std::map<std::string, double> &seconds() const { return seconds_; }

    /// The normforge variants that ran, in the order of the layers.
    std::vector<std::string> variants() const;

private:
    const Tensor &forward(const Tensor &images, Mode mode);
    void backward(const Tensor &gradient);
    void descend(float learning_rate);

    std::vector<std::unique_ptr<Layer>> layers_;
    std::vector<Parameter *> parameters_;
    std::unique_ptr<Tensor> score_gradient_; // of the loss, by the last layer's output
    std::map<std::string, double> seconds_;
};

#endif
