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

std::string on_one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

/// A node that inference cannot do leaves its values unknown, which matters only if a batch normalisation needs them.
/// Data propagation follows shapes that the graph computes itself, as exporters do for reshapes.
void infer(onnx::ModelProto &model, bool propagate_data) {
    const onnx::ShapeInferenceOptions options(false, 0, propagate_data);
    try {
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), options);
    } catch (const std::exception &error) {
        throw std::runtime_error(fmt::format("shape inference fails: {}", on_one_line(error.what())));
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
        if (!is_operator(node, kNormalisation) && std::any_of(node.input().begin(), node.input().end(), is_missing))
            hide(model, node);
    }
}

/// What inference says of nodes that it otherwise passes over in silence, "" if nothing.
std::string complaint(onnx::ModelProto model) {
    try {
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                           onnx::ShapeInferenceOptions(false, 1, false));
    } catch (const std::exception &error) {
        return on_one_line(error.what());
    }
    return "";
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

void turn_constants_into_tensors(onnx::GraphProto &graph) {
    for (auto &node : *graph.mutable_node()) {
        if (!is_operator(node, "Constant") || node.attribute_size() != 1) continue;
        auto &attribute = *node.mutable_attribute(0);
        onnx::TensorProto tensor;
        if (attribute.name() == "value_float") {
            tensor.set_data_type(onnx::TensorProto::FLOAT);
            tensor.add_float_data(attribute.f());
        } else if (attribute.name() == "value_int") {
            tensor.set_data_type(onnx::TensorProto::INT64);
            tensor.add_int64_data(attribute.i());
        } else if (attribute.name() == "value_ints") {
            tensor.set_data_type(onnx::TensorProto::INT64);
            tensor.add_dims(attribute.ints_size());
            *tensor.mutable_int64_data() = attribute.ints();
        } else {
            continue;
        }
        attribute.Clear();
        attribute.set_name("value");
        attribute.set_type(onnx::AttributeProto::TENSOR);
        *attribute.mutable_t() = tensor;
    }
}

std::string why_unknown(const onnx::ModelProto &model, const Graph &graph, const std::string &value) {
    const std::string *unknown = &value;
    while (const auto *node = graph.producer(*unknown)) {
        unknown = missing_operand(graph, *node);
        if (unknown) continue;
        const bool is_hidden = node->domain() == kHiddenDomain,
                   is_ours = node->domain().empty() || node->domain() == "ai.onnx";
        const std::string of_onnx = complaint(model);
        const std::string reason = is_hidden ? fmt::format("libonnx {} knows only an older one", onnx::LAST_RELEASE_VERSION)
                                   : of_onnx.empty() ? "libonnx cannot tell its output's shape"
                                                     : of_onnx;
        return fmt::format("; shape inference stops at node '{}', {}{} of opset {}: {}", name_of(*node),
                           is_hidden || is_ours ? "" : node->domain() + "'s ", node->op_type(), opset_of(model), reason);
    }
    return "";
}

} // namespace normforge::shapes
