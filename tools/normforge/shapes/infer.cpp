// SPDX-License-Identifier: MIT
// libonnx's shape inference, and the question where it stopped.
#include "tools/normforge/shapes/model.h"

#include <algorithm>
#include <fmt/format.h>
#include <onnx/common/version.h>
#include <onnx/shape_inference/implementation.h>
#include <stdexcept>

namespace normforge::shapes {

namespace {

/// A node that inference cannot do leaves its values unknown, which matters only if a batch normalisation needs them.
/// Data propagation follows shapes that the graph computes itself, as exporters do for reshapes.
void infer(onnx::ModelProto &model, bool propagate_data) {
    const onnx::ShapeInferenceOptions options(false, 0, propagate_data);
    try {
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), options);
    } catch (const std::exception &error) {
        throw std::runtime_error(fmt::format("its shapes contradict each other: {}", error.what()));
    }
}

/// Nodes with an operand of which not even the type is known. Nothing can be inferred for them, and the data propagation of
/// libonnx 1.12 ends the process at such a node (Shape, for one).
void hide_nodes_without_types(onnx::ModelProto &model) {
    const Graph graph(model.graph());
    for (auto &node : *model.mutable_graph()->mutable_node()) {
        const auto is_missing = [&](const std::string &input) {
            return !input.empty() && !graph.type(input) && !graph.initialiser(input);
        };
        if (std::any_of(node.input().begin(), node.input().end(), is_missing)) hide(model, node);
    }
}

/// An operand whose shape is missing, null if none is.
const std::string *missing_operand(const Graph &graph, const onnx::NodeProto &node) {
    for (const auto &input : node.input()) {
        const bool is_given = input.empty() || graph.initialiser(input) || graph.constant(input);
        if (!is_given && !graph.shape(input)) return &input;
    }
    return nullptr;
}

} // namespace

void infer_shapes(onnx::ModelProto &model) {
    infer(model, false);
    hide_nodes_without_types(model);
    infer(model, true);
}

std::string why_unknown(const Graph &graph, const std::string &value, int64_t opset) {
    const std::string *unknown = &value;
    while (const auto *node = graph.producer(*unknown)) {
        unknown = missing_operand(graph, *node);
        if (unknown) continue;
        const std::string reason = node->domain() == kHiddenDomain
                                       ? fmt::format("libonnx {} knows only an older one", onnx::LAST_RELEASE_VERSION)
                                       : "libonnx cannot tell its output's shape";
        return fmt::format(
            "; shape inference stops at node '{}', {}{} of opset {}: {}", name_of(*node),
            is_operator(*node, node->op_type().c_str()) || node->domain() == kHiddenDomain ? "" : node->domain() + "'s ",
            node->op_type(), opset, reason);
    }
    return "";
}

} // namespace normforge::shapes
