// SPDX-License-Identifier: MIT
#include "examples/fashion_mnist/max_pool.h"

namespace {

/// Calls visit(output index, index of the square's first element) for every output.
template <typename Visit>
void for_each_square(const Shape &in, const Shape &out, Visit visit) {
    std::size_t to = 0;
    for (int plane = 0; plane < out.n * out.c; ++plane) {
        for (int y = 0; y < out.h; ++y) {
            std::size_t from = plane * in.plane() + 2 * y * in.w;
            for (int x = 0; x < out.w; ++x, ++to, from += 2) visit(to, from);
        }
    }
}

} // namespace

MaxPool::MaxPool(Shape input) : y_({input.n, input.c, input.h / 2, input.w / 2}), dx_(input), winner_(y_.shape().size()) {}

const Tensor &MaxPool::forward(const Tensor &x, Mode) {
    const float *in = x.data();
    const int below = x.shape().w;
    for_each_square(x.shape(), y_.shape(), [&](std::size_t to, std::size_t from) {
        // Comparisons without branches: which of two activations is larger cannot be predicted.
        const float *upper = in + from;
        const float *lower = upper + below;
        const int up = upper[1] > upper[0] ? 1 : 0;
        const int low = lower[1] > lower[0] ? 1 : 0;
        const bool down = lower[low] > upper[up];
        y_.data()[to] = down ? lower[low] : upper[up];
        winner_[to] = static_cast<std::uint8_t>(down ? 2 + low : up);
    });
    return y_;
}

const Tensor &MaxPool::backward(const Tensor &dy) {
    const int below = dx_.shape().w;
    for_each_square(dx_.shape(), y_.shape(), [&](std::size_t to, std::size_t from) {
        // All four are written; what a square never covers stays zero from construction.
        const float gradient = dy.data()[to];
        const int winner = winner_[to];
        float *square = dx_.data() + from;
        square[0] = winner == 0 ? gradient : 0.0F;
        square[1] = winner == 1 ? gradient : 0.0F;
        square[below] = winner == 2 ? gradient : 0.0F;
        square[below + 1] = winner == 3 ? gradient : 0.0F;
    });
    return dx_;
}
