// SPDX-License-Identifier: MIT
// The two kinds of memory of the network: activations (Tensor) and what training adjusts (Parameter).
#ifndef EXAMPLES_FASHION_MNIST_TENSOR_H
#define EXAMPLES_FASHION_MNIST_TENSOR_H

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <vector>

/// Shape of a contiguous NCHW tensor: images, channels, rows, columns.
struct Shape {
    int n = 0, c = 0, h = 0, w = 0;

    std::size_t plane() const { return static_cast<std::size_t>(h) * w; }
    std::size_t image() const { return plane() * c; }
    std::size_t size() const { return image() * n; }
};

/// A float32 tensor that starts at a cache line, so that normforge may use streaming stores on it.
class Tensor {
public:
    explicit Tensor(Shape shape) : shape_(shape), data_(new(kAlignment) float[shape.size()]) {
        std::fill_n(data_.get(), shape.size(), 0.0F);
    }

    const Shape &shape() const { return shape_; }
    float *data() { return data_.get(); }
    const float *data() const { return data_.get(); }
    float *image(int n) { return data() + n * shape_.image(); }
    const float *image(int n) const { return data() + n * shape_.image(); }

private:
    static constexpr std::align_val_t kAlignment{64}; // bytes: one cache line

    struct Deleter {
        void operator()(float *data) const { ::operator delete[](data, kAlignment); }
    };

    Shape shape_;
    std::unique_ptr<float[], Deleter> data_;
};

/// Numbers that stochastic gradient descent adjusts.
struct Parameter {
    explicit Parameter(std::size_t count, float value = 0.0F) : values(count, value), gradient(count), velocity(count) {}

    std::vector<float> values;
    std::vector<float> gradient; // of the mean loss of one batch
    std::vector<float> velocity; // momentum of the descent
    bool decays = true;          // weights are pulled towards zero; scales and offsets are not
};

#endif
