// SPDX-License-Identifier: MIT
// Operators that read their operands or attributes differently since opset 18, while libonnx may know only 17 (version 1.12
// of Debian 12) and would take them for the older ones. From the schemas of onnx 1.23: all whose operands or attributes
// changed, but those where the change has nothing to do with shapes (Cast, CastLike, QuantizeLinear, DequantizeLinear,
// Range, SpaceToDepth).
#include "tools/normforge/shapes/model.h"

#include <algorithm>
#include <array>
#include <onnx/defs/schema.h>

namespace normforge::shapes {

namespace {

constexpr int64_t kLastKnown = 17;

constexpr std::array<const char *, 9> kReductions = {"ReduceL1",        "ReduceL2",   "ReduceLogSum",
                                                     "ReduceLogSumExp", "ReduceMax",  "ReduceMean",
                                                     "ReduceMin",       "ReduceProd", "ReduceSumSquare"};

bool is_reduction(const onnx::NodeProto &node) {
    return std::any_of(kReductions.begin(), kReductions.end(), [&](const char *type) { return is_operator(node, type); });
}

/// Since 18 axes are an operand. Returns whether the node now says with an attribute what it said before.
bool turn_axes_into_attribute(onnx::NodeProto &node, const Graph &graph) {
    if (node.input_size() < 2) return !find_attribute(node, "noop_with_empty_axes");
    const auto axes = graph.constant_integers(node.input(1));
    if (!axes || axes->empty()) return false;
    auto *attribute = node.add_attribute();
    attribute->set_name("axes");
    attribute->set_type(onnx::AttributeProto::INTS);
    for (const int64_t axis : *axes) attribute->add_ints(axis);
    node.mutable_input()->RemoveLast();
    return true;
}

bool reads_differently(const onnx::NodeProto &node) {
    const auto has = [&](const char *attribute) { return find_attribute(node, attribute) != nullptr; };
    return (is_operator(node, "Pad") && node.input_size() > 3) ||
           (is_operator(node, "Resize") && (has("axes") || has("keep_aspect_ratio_policy"))) ||
           (is_operator(node, "Split") && has("num_outputs")) ||
           ((is_operator(node, "AveragePool") || is_operator(node, "LpPool")) && has("dilations")) ||
           (is_operator(node, "LpPool") && has("ceil_mode")) || is_operator(node, "DFT");
}

} // namespace

void hide(onnx::ModelProto &model, onnx::NodeProto &node) {
    node.set_domain(kHiddenDomain);
    const auto &imports = model.opset_import();
    if (std::any_of(imports.begin(), imports.end(), [](const auto &import) { return import.domain() == kHiddenDomain; }))
        return;
    auto *import = model.add_opset_import();
    import->set_domain(kHiddenDomain);
    import->set_version(1);
}

void hide_newer_operators(onnx::ModelProto &model) {
    const int known = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().Map().at(onnx::ONNX_DOMAIN).second;
    if (opset_of(model) <= kLastKnown || known > kLastKnown) return;
    const Graph graph(model.graph());
    for (auto &node : *model.mutable_graph()->mutable_node()) {
        const bool same = is_reduction(node) ? turn_axes_into_attribute(node, graph) : !reads_differently(node);
        if (!same) hide(model, node);
    }
}

} // namespace normforge::shapes
