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

/// The lines of a shape file: each problem once, with how often the model has it, in the order of first appearance. Throws
/// std::runtime_error for a problem that no kernel could serve.
std::string shape_text(const Model &model, const Wanted &wanted);

} // namespace normforge::shapes
