// SPDX-License-Identifier: MIT
// The index of an ONNX graph, see graph.h.
#include "tools/normforge/shapes/graph.h"

#include "tests/support/number.h"

#include <onnx/defs/tensor_proto_util.h>

namespace normforge::shapes {

namespace {

std::optional<nf_dtype> float_type(int32_t type) {
    switch (type) {
    case onnx::TensorProto::FLOAT: return NF_F32;
    case onnx::TensorProto::DOUBLE: return NF_F64;
    case onnx::TensorProto::FLOAT16: return NF_F16;
    case onnx::TensorProto::BFLOAT16: return NF_BF16;
    default: return std::nullopt;
    }
}

/// The only element of a tensor of a floating-point type. ONNX keeps it in raw_data or in a field of the type.
std::optional<double> single_number(const onnx::TensorProto &tensor) {
    const auto dtype = float_type(tensor.data_type());
    if (!dtype) return std::nullopt;
    if (tensor.has_raw_data()) {
        const auto size = static_cast<size_t>(testing::precision_of(*dtype).bytes);
        if (tensor.raw_data().size() != size) return std::nullopt;
        return testing::load(*dtype, tensor.raw_data().data());
    }
    if (tensor.float_data_size() == 1) return tensor.float_data(0);
    if (tensor.double_data_size() == 1) return tensor.double_data(0);
    if (tensor.int32_data_size() != 1) return std::nullopt;
    const auto bits = static_cast<uint16_t>(tensor.int32_data(0)); // f16 and bf16
    return testing::load(*dtype, &bits);
}

} // namespace

std::string name_of(const onnx::NodeProto &node) {
    return !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
}

const onnx::AttributeProto *find_attribute(const onnx::NodeProto &node, const std::string &name) {
    for (const auto &attribute : node.attribute()) {
        if (attribute.name() == name) return &attribute;
    }
    return nullptr;
}

double number_attribute(const onnx::NodeProto &node, const std::string &name, double otherwise) {
    const auto *attribute = find_attribute(node, name);
    if (!attribute) return otherwise;
    return attribute->has_f() ? attribute->f() : static_cast<double>(attribute->i());
}

bool is_operator(const onnx::NodeProto &node, const char *type) {
    return node.op_type() == type && (node.domain().empty() || node.domain() == "ai.onnx");
}

Graph::Graph(const onnx::GraphProto &graph) : graph_(graph) {
    const auto add_types = [&](const auto &values) {
        for (const auto &value : values) {
            if (value.type().has_tensor_type()) types_[value.name()] = &value.type().tensor_type();
        }
    };
    add_types(graph.value_info());
    add_types(graph.output());
    add_types(graph.input());
    for (const auto &tensor : graph.initializer()) initialisers_[tensor.name()] = &tensor;
    for (int i = 0; i < graph.node_size(); i++) {
        const auto &node = graph.node(i);
        positions_[&node] = i;
        for (const auto &value : node.output()) producers_[value] = &node;
        for (const auto &value : node.input()) users_[value].push_back(&node);
        for (const auto &attribute : node.attribute()) {
            if (attribute.has_g()) add_uses_inside(attribute.g());
            for (const auto &inner : attribute.graphs()) add_uses_inside(inner);
        }
    }
    for (const auto &value : graph.output()) users_[value.name()].push_back(nullptr);
}

void Graph::add_uses_inside(const onnx::GraphProto &inner) {
    for (const auto &node : inner.node()) {
        for (const auto &value : node.input()) users_[value].push_back(nullptr);
        for (const auto &attribute : node.attribute()) {
            if (attribute.has_g()) add_uses_inside(attribute.g());
            for (const auto &graph : attribute.graphs()) add_uses_inside(graph);
        }
    }
    for (const auto &value : inner.output()) users_[value.name()].push_back(nullptr);
}

const onnx::NodeProto *Graph::producer(const std::string &value) const {
    const auto found = producers_.find(value);
    return found == producers_.end() ? nullptr : found->second;
}

const std::vector<const onnx::NodeProto *> &Graph::users(const std::string &value) const {
    static const std::vector<const onnx::NodeProto *> kNone;
    const auto found = users_.find(value);
    return found == users_.end() ? kNone : found->second;
}

const onnx::TypeProto_Tensor *Graph::type(const std::string &value) const {
    const auto found = types_.find(value);
    return found == types_.end() ? nullptr : found->second;
}

std::optional<std::vector<int64_t>> Graph::shape(const std::string &value) const {
    const auto *tensor = type(value);
    if (!tensor || !tensor->has_shape()) return std::nullopt;
    std::vector<int64_t> extents;
    for (const auto &dimension : tensor->shape().dim()) {
        if (!is_known(dimension)) return std::nullopt;
        extents.push_back(dimension.dim_value());
    }
    return extents;
}

const onnx::TensorProto *Graph::initialiser(const std::string &value) const {
    const auto found = initialisers_.find(value);
    return found == initialisers_.end() ? nullptr : found->second;
}

const onnx::TensorProto *Graph::constant(const std::string &value) const {
    const auto *tensor = initialiser(value);
    const auto *node = producer(value);
    if (!tensor && node && is_operator(*node, "Constant")) {
        const auto *attribute = find_attribute(*node, "value");
        if (attribute && attribute->has_t()) tensor = &attribute->t();
    }
    return tensor && tensor->data_location() != onnx::TensorProto::EXTERNAL ? tensor : nullptr;
}

std::optional<std::vector<int64_t>> Graph::constant_integers(const std::string &value) const {
    if (const auto *tensor = constant(value)) {
        if (tensor->data_type() != onnx::TensorProto::INT64) return std::nullopt;
        return onnx::ParseData<int64_t>(tensor);
    }
    const auto *node = producer(value);
    const bool is_reshaped = node && is_operator(*node, "Reshape") && node->input_size() > 0;
    return is_reshaped ? constant_integers(node->input(0)) : std::nullopt;
}

std::optional<double> Graph::constant_number(const std::string &value) const {
    const auto *tensor = constant(value);
    return tensor ? single_number(*tensor) : std::nullopt;
}

int Graph::position(const onnx::NodeProto &node) const {
    return positions_.at(&node);
}

std::string shape_text(const onnx::TypeProto_Tensor *type) {
    if (!type || !type->has_shape()) return "no shape";
    std::string text;
    for (const auto &dimension : type->shape().dim()) {
        if (!text.empty()) text += "x";
        text += is_known(dimension)             ? std::to_string(dimension.dim_value())
                : dimension.dim_param().empty() ? "?"
                                                : dimension.dim_param();
    }
    return text.empty() ? "scalar" : text;
}

} // namespace normforge::shapes
