// SPDX-License-Identifier: MIT
// A model's batch normalisations as a shape file.
#pragma once

#include "tools/normforge/shapes/normalisation.h"

namespace normforge::shapes {

/// What to write of each normalisation.
struct Wanted {
    std::vector<nf_op> ops;        ///< none: forward_train and backward_train where it trains, forward_inference where not
    std::optional<nf_dtype> dtype; ///< instead of the model's
    bool channels_last = false;    ///< ONNX has them first
};

/// A line of a shape file: a problem, and the nodes that have it, in the order of the graph.
struct ShapeText {
    std::string problem;
    std::vector<std::string> nodes;
};

/// Each problem once, in the order of first appearance. Throws std::runtime_error for a problem that no kernel could serve.
std::vector<ShapeText> shape_lines(const Model &model, const Wanted &wanted);

/// The lines as text: the problem, how often the model has it, and the first node's name.
std::string to_text(const std::vector<ShapeText> &lines);

} // namespace normforge::shapes
