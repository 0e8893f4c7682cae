// SPDX-License-Identifier: MIT
// The batch normalisations of an ONNX model, with their shapes and with what can be fused after them. ONNX's and protobuf's
// own headers stay behind this one.
#pragma once

#include <cstdint>
#include <normforge/normforge.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace normforge::shapes {

/// What the model leaves open, or what to replace in it.
struct InputShapes {
    std::optional<int64_t> batch; ///< dimension 0 of every input that is no parameter and not in `named`
    std::vector<std::pair<std::string, std::vector<int64_t>>> named; ///< whole shapes of inputs, by name
};

/// A node BatchNormalization.
struct Normalisation {
    std::string node; ///< its name; where it has none, that of its output
    bool trains = false;
    nf_dtype dtype = NF_F32;
    std::vector<int64_t> extents; ///< N, C, ...
    double eps = 1e-5;
    nf_epilogue epilogue = NF_EPILOGUE_NONE;
    double slope = 0.01; ///< of leaky_relu
};

struct Model {
    int64_t opset = 0;
    std::vector<Normalisation> normalisations; ///< in the order of the graph; at least one
};

/// Reads a model and infers its shapes. Throws std::runtime_error: the file cannot be read or is no ONNX model, an opset
/// this does not know, an input that is not there, a shape that stays unknown, or no batch normalisation at all.
Model read_model(const std::string &path, const InputShapes &inputs);

} // namespace normforge::shapes
