// SPDX-License-Identifier: MIT
#include "examples/fashion_mnist/network.h"

#include "examples/fashion_mnist/batch_norm.h"
#include "examples/fashion_mnist/convolution.h"
#include "examples/fashion_mnist/dataset.h"
#include "examples/fashion_mnist/dense.h"
#include "examples/fashion_mnist/max_pool.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace {

constexpr int kBlockChannels[] = {16, 32, 64};
constexpr float kMomentum = 0.9F;     // share of the velocity that a step keeps
constexpr float kWeightDecay = 5e-4F; // per step, times the learning rate

/// Adds the time of its life to a sum.
class Stopwatch {
public:
    explicit Stopwatch(double &sum) : sum_(sum), start_(Clock::now()) {}
    Stopwatch(const Stopwatch &) = delete;
    Stopwatch &operator=(const Stopwatch &) = delete;
    ~Stopwatch() { sum_ += std::chrono::duration<double>(Clock::now() - start_).count(); }

private:
    using Clock = std::chrono::steady_clock;
    double &sum_;
    Clock::time_point start_;
};

/// Mean cross entropy of softmax(scores) with the labels, and its gradient by the scores.
double cross_entropy(const Tensor &scores, const std::vector<std::uint8_t> &labels, Tensor &gradient) {
    const int images = scores.shape().n;
    const int classes = scores.shape().c;
    double loss = 0.0;
    for (int n = 0; n < images; ++n) {
        const float *score = scores.image(n);
        float *share = gradient.image(n);
        const float largest = *std::max_element(score, score + classes); // keeps exp() from overflowing
        float sum = 0.0F;
        for (int i = 0; i < classes; ++i) sum += share[i] = std::exp(score[i] - largest);
        loss += std::log(sum) - (score[labels[n]] - largest);
        for (int i = 0; i < classes; ++i) share[i] /= sum * static_cast<float>(images);
        share[labels[n]] -= 1.0F / static_cast<float>(images);
    }
    return loss / images;
}

} // namespace

Batch::Batch(int size) : images({size, 1, kImageSide, kImageSide}), labels(size) {}

Network::Network(int batch_size, std::uint32_t seed) {
    std::mt19937 random(seed);
    Shape shape{batch_size, 1, kImageSide, kImageSide};
    const auto add = [&](std::unique_ptr<Layer> layer) {
        shape = layer->output_shape();
        layers_.push_back(std::move(layer));
    };
    for (const int channels : kBlockChannels) {
        const InputGradient gradient = layers_.empty() ? InputGradient::kSkip : InputGradient::kCompute;
        add(std::make_unique<Convolution>(shape, channels, gradient, random));
        add(std::make_unique<BatchNormRelu>(shape));
        add(std::make_unique<MaxPool>(shape));
    }
    add(std::make_unique<Dense>(shape, kClasses, random));

    score_gradient_ = std::make_unique<Tensor>(shape);
    for (const auto &layer : layers_) {
        for (Parameter *parameter : layer->parameters()) parameters_.push_back(parameter);
        seconds_[layer->kind()] = 0.0;
    }
}

double Network::train(const Batch &batch, float learning_rate) {
    const Tensor &scores = forward(batch.images, Mode::kTrain);
    const double loss = cross_entropy(scores, batch.labels, *score_gradient_);
    backward(*score_gradient_);
    descend(learning_rate);
    return loss;
}

int Network::classify(const Batch &batch, int count) {
    const Tensor &scores = forward(batch.images, Mode::kTest);
    int right = 0;
    for (int n = 0; n < count; ++n) {
        const float *score = scores.image(n);
        if (std::max_element(score, score + kClasses) - score == batch.labels[n]) ++right;
    }
    return right;
}

std::vector<std::string> Network::variants() const {
    std::vector<std::string> all;
    for (const auto &layer : layers_) {
        for (std::string &variant : layer->variants()) all.push_back(std::move(variant));
    }
    return all;
}

const Tensor &Network::forward(const Tensor &images, Mode mode) {
    const Tensor *x = &images;
    for (const auto &layer : layers_) {
        const Stopwatch stopwatch(seconds_.find(layer->kind())->second);
        x = &layer->forward(*x, mode);
    }
    return *x;
}

void Network::backward(const Tensor &gradient) {
    const Tensor *dy = &gradient;
    for (auto layer = layers_.rbegin(); layer != layers_.rend(); ++layer) {
        const Stopwatch stopwatch(seconds_.find((*layer)->kind())->second);
        dy = &(*layer)->backward(*dy);
    }
}

void Network::descend(float learning_rate) {
    for (Parameter *parameter : parameters_) {
        const float decay = parameter->decays ? kWeightDecay : 0.0F;
        for (std::size_t i = 0; i < parameter->values.size(); ++i) {
            float &value = parameter->values[i];
            float &velocity = parameter->velocity[i];
            velocity = kMomentum * velocity + parameter->gradient[i] + decay * value;
            value -= learning_rate * velocity;
        }
    }
}
