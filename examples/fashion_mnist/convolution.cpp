// SPDX-License-Identifier: MIT
// Convolution as matrix products, one image at a time: `gather` writes the input under each tap as one row of a matrix
// (im2col), which stays in cache for the product; `scatter_add` is its transpose.
#include "examples/fashion_mnist/convolution.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace {

constexpr int kSide = 3; // of the kernel
constexpr int kTapsPerChannel = kSide * kSide;

/// Calls run(column, pixel, length) for every run of elements of the matrix that lies over the image: there the tap of
/// columns[column + i] sees image[pixel + i]. The rest of the matrix lies over the border.
template <typename Run>
void for_each_run(const Shape &shape, Run run) {
    for (int row = 0; row < shape.c * kTapsPerChannel; ++row) {
        const int channel = row / kTapsPerChannel;
        const int down = row % kTapsPerChannel / kSide - 1; // where the tap is, from its output: -1, 0 or 1
        const int right = row % kSide - 1;
        const int left_edge = std::max(0, -right);
        for (int y = std::max(0, -down); y < shape.h - std::max(0, down); ++y) {
            const int column = (row * shape.h + y) * shape.w + left_edge;
            const int pixel = (channel * shape.h + y + down) * shape.w + left_edge + right;
            run(column, pixel, shape.w - std::abs(right));
        }
    }
}

/// Elements over the border are never written: they keep the zeros that `columns` was made with.
void gather(const Shape &shape, const float *image, float *columns) {
    for_each_run(shape, [&](int column, int pixel, int length) { std::copy_n(image + pixel, length, columns + column); });
}

void scatter_add(const Shape &shape, const float *columns, float *image) {
    for_each_run(shape, [&](int column, int pixel, int length) {
        for (int i = 0; i < length; ++i) image[pixel + i] += columns[column + i];
    });
}

} // namespace

Convolution::Convolution(Shape input, int channels, InputGradient input_gradient, std::mt19937 &random)
    : input_gradient_(input_gradient),
      taps_(input.c * kTapsPerChannel),
      weights_(static_cast<std::size_t>(channels) * taps_),
      y_({input.n, channels, input.h, input.w}),
      dx_(input),
      columns_({1, taps_, input.h, input.w}),
      column_gradient_(columns_.shape()) {
    // He's initialisation: keeps the variance through a ReLU.
    std::normal_distribution<float> normal(0.0F, std::sqrt(2.0F / static_cast<float>(taps_)));
    for (float &weight : weights_.values) weight = normal(random);
}

const Tensor &Convolution::forward(const Tensor &x, Mode) {
    x_ = &x;
    const int channels = y_.shape().c;
    const int plane = static_cast<int>(y_.shape().plane());
    for (int n = 0; n < x.shape().n; ++n) {
        gather(x.shape(), x.image(n), columns_.data());
        // y = weights * columns
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, channels, plane, taps_, 1.0F, weights_.values.data(), taps_,
                    columns_.data(), plane, 0.0F, y_.image(n), plane);
    }
    return y_;
}

const Tensor &Convolution::backward(const Tensor &dy) {
    const int channels = y_.shape().c;
    const int plane = static_cast<int>(y_.shape().plane());
    for (int n = 0; n < x_->shape().n; ++n) {
        gather(x_->shape(), x_->image(n), columns_.data());
        // dweights += dy * columns^T, beginning anew with the first image
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, channels, taps_, plane, 1.0F, dy.image(n), plane,
                    columns_.data(), plane, n == 0 ? 0.0F : 1.0F, weights_.gradient.data(), taps_);
        if (input_gradient_ == InputGradient::kSkip) continue;
        // dcolumns = weights^T * dy
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, taps_, plane, channels, 1.0F, weights_.values.data(), taps_,
                    dy.image(n), plane, 0.0F, column_gradient_.data(), plane);
        std::fill_n(dx_.image(n), dx_.shape().image(), 0.0F);
        scatter_add(x_->shape(), column_gradient_.data(), dx_.image(n));
    }
    return dx_;
}
