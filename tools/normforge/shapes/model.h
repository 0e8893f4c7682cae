// SPDX-License-Identifier: MIT
// From a file to a model whose values have shapes: the steps of read_model(), see normalisation.h. Each throws
// std::runtime_error.
#pragma once

#include "tools/normforge/shapes/graph.h"
#include "tools/normforge/shapes/normalisation.h"

namespace normforge::shapes {

/// Reads and parses the file; refuses what is no ONNX model, and opsets this does not know.
onnx::ModelProto load_model(const std::string &path);

/// The version of ONNX's own operators.
int64_t opset_of(const onnx::ModelProto &model);

/// Gives the inputs their shapes. Where that changes what the model says, shapes stored for other values are forgotten.
void set_input_shapes(onnx::GraphProto &graph, const InputShapes &inputs);

/// "data (?x3x224x224), mask (no shape)": inputs that no initialiser gives.
std::string inputs_text(const onnx::GraphProto &graph);

/// The domain of hidden operators, in which libonnx knows nothing.
inline constexpr const char *kHiddenDomain = "normforge.newer";

/// Gives every node Constant that holds numbers as such the form of a tensor, the only one that libonnx 1.12 looks into.
void turn_constants_into_tensors(onnx::GraphProto &graph);

/// Makes a node one that shape inference passes over.
void hide(onnx::ModelProto &model, onnx::NodeProto &node);

/// Makes operators that changed after the opset of libonnx readable for its shape inference: those that say the same in
/// other words are translated, the others are hidden from it, so that it does not take them for what they were.
void hide_newer_operators(onnx::ModelProto &model);

/// Infers the shapes of all values that allow it.
void infer_shapes(onnx::ModelProto &model);

/// Reads every node BatchNormalization of the main graph.
std::vector<Normalisation> collect_normalisations(const onnx::ModelProto &model, const InputShapes &inputs);

/// Where inference stopped on the way to a value, and why: "; shape inference stops at node 'pad', Pad of opset 18: ...", ""
/// if nothing but the shapes of the model's inputs is missing.
std::string why_unknown(const onnx::ModelProto &model, const Graph &graph, const std::string &value);

} // namespace normforge::shapes
