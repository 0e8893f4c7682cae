// SPDX-License-Identifier: MIT
#include "examples/fashion_mnist/dense.h"

#include <cblas.h>

#include <algorithm>
#include <cmath>

Dense::Dense(Shape input, int outputs, std::mt19937 &random)
    : inputs_(static_cast<int>(input.image())),
      weights_(static_cast<std::size_t>(outputs) * inputs_),
      offsets_(outputs),
      y_({input.n, outputs, 1, 1}),
      dx_(input) {
    offsets_.decays = false;
    std::normal_distribution<float> normal(0.0F, std::sqrt(1.0F / static_cast<float>(inputs_)));
    for (float &weight : weights_.values) weight = normal(random);
}

const Tensor &Dense::forward(const Tensor &x, Mode) {
    x_ = &x;
    const int images = y_.shape().n;
    const int outputs = y_.shape().c;
    for (int n = 0; n < images; ++n) std::copy(offsets_.values.begin(), offsets_.values.end(), y_.image(n));
    // y = x * weights^T + offsets
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, images, outputs, inputs_, 1.0F, x.data(), inputs_,
                weights_.values.data(), inputs_, 1.0F, y_.data(), outputs);
    return y_;
}

const Tensor &Dense::backward(const Tensor &dy) {
    const int images = y_.shape().n;
    const int outputs = y_.shape().c;
    std::fill(offsets_.gradient.begin(), offsets_.gradient.end(), 0.0F);
    for (int n = 0; n < images; ++n) {
        for (int o = 0; o < outputs; ++o) offsets_.gradient[o] += dy.image(n)[o];
    }
    // dweights = dy^T * x, dx = dy * weights
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, outputs, inputs_, images, 1.0F, dy.data(), outputs, x_->data(),
                inputs_, 0.0F, weights_.gradient.data(), inputs_);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, images, inputs_, outputs, 1.0F, dy.data(), outputs,
                weights_.values.data(), inputs_, 0.0F, dx_.data(), inputs_);
    return dx_;
}
