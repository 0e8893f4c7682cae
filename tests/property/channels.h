// SPDX-License-Identifier: MIT
// Per-channel sums in float64, and the problems of the property tests: one of each form.
#pragma once

#include "tests/support/runner.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

namespace normforge::testing {

/// Layout and shape: small planes, planes within a tile, over a tile, rows, and rows of a matrix.
inline const char *const kPropertyShapes[] = {"nchw:18x5x7x7", "nchw:4x3x20x20", "ncw:3x2x2500", "nhwc:5x6x6x19",
                                              "nc:300x8"};

/// "forward_train", "nc:3x4", "relu" -> the problem.
inline Problem problem_of(const char *op, const char *shape, const char *epilogue) {
    return parse_problem(std::string(op) + ":f32:" + shape + ":" + epilogue);
}

/// Sum over each channel of term(i, c), i the dense index.
template <typename Term>
reference::Channels channel_sums(const reference::Shape &shape, Term term) {
    reference::Channels sums(shape.c);
    for (int64_t i = 0; i < shape.count(); ++i) {
        const int64_t c = i / shape.s % shape.c;
        sums[c] += term(i, c);
    }
    return sums;
}

/// Largest |x| of each channel: the S of the mean's bound.
inline reference::Channels largest_magnitudes(const Inputs &in) {
    reference::Channels largest(in.shape.c);
    for (int64_t i = 0; i < in.shape.count(); ++i) {
        reference::Real &channel = largest[i / in.shape.s % in.shape.c];
        channel = std::max<reference::Real>(channel, std::abs(in.x[i]));
    }
    return largest;
}

/// The bound of one result of the training ops, in its unit.
inline double bound(Output output, const reference::Shape &shape) {
    nf_description description;
    nf_description_init(&description, output == Output::dx ? NF_BACKWARD_TRAIN : NF_FORWARD_TRAIN);
    return bound_of(description, output, shape.per_channel());
}

} // namespace normforge::testing
