// SPDX-License-Identifier: MIT
// The steps from a file to its batch normalisations, see normalisation.h, and what is refused because of where they are, or
// because there are none.
#include "tools/normforge/shapes/model.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge::shapes {

namespace {

bool holds_normalisation(const onnx::NodeProto &node);

template <class Nodes>
bool any_holds_normalisation(const Nodes &nodes) {
    return std::any_of(nodes.begin(), nodes.end(), [](const onnx::NodeProto &node) {
        return is_operator(node, kNormalisation) || holds_normalisation(node);
    });
}

/// In a graph that it runs.
bool holds_normalisation(const onnx::NodeProto &node) {
    return std::any_of(node.attribute().begin(), node.attribute().end(), [](const onnx::AttributeProto &attribute) {
        return (attribute.has_g() && any_holds_normalisation(attribute.g().node())) ||
               std::any_of(attribute.graphs().begin(), attribute.graphs().end(),
                           [](const onnx::GraphProto &graph) { return any_holds_normalisation(graph.node()); });
    });
}

/// How often such nodes run is not known here; to leave them out would be wrong.
void refuse_nested(const onnx::ModelProto &model) {
    for (const auto &node : model.graph().node()) {
        if (holds_normalisation(node))
            throw std::runtime_error(fmt::format("node '{}' ({}): {} in its graph, expected all in the main graph",
                                                 shapes::name_of(node), node.op_type(), kNormalisation));
    }
    for (const auto &function : model.functions()) {
        if (any_holds_normalisation(function.node()))
            throw std::runtime_error(fmt::format("function '{}' holds {}, expected all in the main graph: onnx.inliner puts "
                                                 "them there",
                                                 function.name(), kNormalisation));
    }
}

[[noreturn]] void refuse_without(const onnx::GraphProto &graph) {
    const auto is_convolution = [](const onnx::NodeProto &node) {
        return is_operator(node, "Conv") || is_operator(node, "ConvTranspose");
    };
    const auto convolutions = std::count_if(graph.node().begin(), graph.node().end(), is_convolution);
    throw std::runtime_error(fmt::format(
        "holds no {} ({} nodes, {} of them convolutions){}", kNormalisation, graph.node_size(), convolutions,
        convolutions == 0 ? ""
                          : ": exporters fold it into the convolution before it when they export for inference; expected a "
                            "model exported with it, from PyTorch with torch.onnx.export(model.train(), ..., "
                            "training=TrainingMode.TRAINING, do_constant_folding=False, dynamo=False)"));
}

} // namespace

Model read_model(const std::string &path, const InputShapes &inputs) {
    try {
        onnx::ModelProto model = load_model(path);
        refuse_nested(model);
        set_input_shapes(*model.mutable_graph(), inputs);
        turn_constants_into_tensors(*model.mutable_graph());
        hide_newer_operators(model);
        infer_shapes(model);
        Model result{opset_of(model), collect_normalisations(model, inputs)};
        if (result.normalisations.empty()) refuse_without(model.graph());
        return result;
    } catch (const std::runtime_error &error) {
        throw std::runtime_error(fmt::format("{}: {}", path, error.what()));
    }
}

} // namespace normforge::shapes
