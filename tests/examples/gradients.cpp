// SPDX-License-Identifier: MIT
// Whether the layers of the Fashion-MNIST example compute the gradients of what they compute: the slope of a loss along some
// directions, by finite differences, against backward()'s. A network can learn with wrong gradients; this cannot pass.
#include "examples/fashion_mnist/batch_norm.h"
#include "examples/fashion_mnist/convolution.h"
#include "examples/fashion_mnist/dense.h"
#include "examples/fashion_mnist/max_pool.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <numeric>

namespace {

constexpr int kOutputs = 5;
constexpr int kDirections = 4;      // per array, besides the gradient itself
constexpr double kStep = 1e-3;      // length of the step along a direction
constexpr double kTolerance = 1e-2; // share of the gradient's length: kinks of ReLU and pooling, float32

using Layers = std::vector<std::unique_ptr<Layer>>;

void fill_normal(float *values, std::size_t count, std::mt19937 &random) {
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < count; ++i) values[i] = normal(random);
}

double dot(const std::vector<float> &a, const std::vector<float> &b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

/// The loss is the sum of `weights` times the last layer's output; its gradient by that output is `weights`.
struct Network {
    explicit Network(std::mt19937 &random) : x({6, 2, 9, 8}), weights({6, kOutputs, 1, 1}) {
        layers.push_back(std::make_unique<Convolution>(x.shape(), 4, InputGradient::kCompute, random));
        layers.push_back(std::make_unique<BatchNormRelu>(layers.back()->output_shape()));
        layers.push_back(std::make_unique<MaxPool>(layers.back()->output_shape()));
        layers.push_back(std::make_unique<Convolution>(layers.back()->output_shape(), 3, InputGradient::kCompute, random));
        layers.push_back(std::make_unique<BatchNormRelu>(layers.back()->output_shape()));
        layers.push_back(std::make_unique<Dense>(layers.back()->output_shape(), kOutputs, random));
        fill_normal(x.data(), x.shape().size(), random);
        fill_normal(weights.data(), weights.shape().size(), random);
        for (const auto &layer : layers) {
            for (Parameter *parameter : layer->parameters()) parameters.push_back(parameter);
        }
        // Away from where they begin: scales of one and offsets of zero hide errors.
        for (Parameter *parameter : parameters) {
            std::normal_distribution<float> normal(0.0F, 0.3F);
            for (float &value : parameter->values) value += normal(random);
        }
    }

    double loss() {
        const Tensor *y = &x;
        for (const auto &layer : layers) y = &layer->forward(*y, Mode::kTrain);
        return std::inner_product(weights.data(), weights.data() + weights.shape().size(), y->data(), 0.0);
    }

    /// Gradient by x; the parameters' gradients are left in them.
    std::vector<float> gradient() {
        loss();
        const Tensor *dy = &weights;
        for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) dy = &(*layer)->backward(*dy);
        return {dy->data(), dy->data() + dy->shape().size()};
    }

    Tensor x;
    Tensor weights;
    Layers layers;
    std::vector<Parameter *> parameters;
};

/// Compares slopes along the gradient and along random directions of the array `values`.
void check_slopes(Network &network, float *values, const std::vector<float> &gradient, std::mt19937 &random) {
    const double length = std::sqrt(dot(gradient, gradient));
    REQUIRE(length > 0.1);
    std::vector<float> direction = gradient;
    for (int i = 0; i <= kDirections; ++i) {
        const std::vector<float> start(values, values + gradient.size());
        const double scale = kStep / std::sqrt(dot(direction, direction));
        const auto loss_at = [&](double step) {
            for (std::size_t k = 0; k < start.size(); ++k) values[k] = static_cast<float>(start[k] + step * direction[k]);
            return network.loss();
        };
        const double found = (loss_at(scale) - loss_at(-scale)) / (2.0 * kStep);
        loss_at(0.0);
        const double expected = dot(gradient, direction) * scale / kStep;
        INFO("direction " << i << ", gradient of length " << length << " in " << gradient.size() << " dimensions");
        CHECK(std::abs(found - expected) < kTolerance * length);
        fill_normal(direction.data(), direction.size(), random);
    }
}

} // namespace

TEST_CASE("backward() gives the slope of the loss by every parameter and by the input") {
    std::mt19937 random(3);
    Network network(random);
    const std::vector<float> input_gradient = network.gradient();
    SECTION("input") {
        check_slopes(network, network.x.data(), input_gradient, random);
    }
    SECTION("parameters") {
        for (std::size_t i = 0; i < network.parameters.size(); ++i) {
            INFO("array " << i << " in the order of the layers");
            Parameter &parameter = *network.parameters[i];
            check_slopes(network, parameter.values.data(), parameter.gradient, random);
        }
    }
}
