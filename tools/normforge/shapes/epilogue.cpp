// SPDX-License-Identifier: MIT
// Finds activations and residual additions by the operators that exporters write for them, see epilogue.h.
#include "tools/normforge/shapes/epilogue.h"

#include <cmath>

namespace normforge::shapes {

namespace {

/// A bound of Clip: an attribute before opset 11, an operand since.
std::optional<double> clip_bound(const Graph &graph, const onnx::NodeProto &node, int operand, const char *attribute) {
    if (const auto *value = find_attribute(node, attribute)) return value->f();
    if (node.input_size() <= operand || node.input(operand).empty()) return std::nullopt;
    return graph.constant_number(node.input(operand));
}

/// An activation of one operator; none where it is another one.
Epilogue activation_of(const Graph &graph, const onnx::NodeProto &node) {
    if (is_operator(node, "Relu")) return {NF_EPILOGUE_RELU};
    if (is_operator(node, "LeakyRelu")) return {NF_EPILOGUE_LEAKY_RELU, number_attribute(node, "alpha", 0.01)};
    if (is_operator(node, "Sigmoid")) return {NF_EPILOGUE_SIGMOID};
    if (is_operator(node, "Tanh")) return {NF_EPILOGUE_TANH};
    if (is_operator(node, "HardSwish")) return {NF_EPILOGUE_HARD_SWISH};
    if (is_operator(node, "Clip") && clip_bound(graph, node, 1, "min") == 0.0 && clip_bound(graph, node, 2, "max") == 6.0)
        return {NF_EPILOGUE_RELU6};
    if (is_operator(node, "Gelu")) {
        const auto *approximate = find_attribute(node, "approximate");
        return {approximate && approximate->s() == "tanh" ? NF_EPILOGUE_GELU_TANH : NF_EPILOGUE_GELU};
    }
    return {};
}

/// What value * gate(value) computes; none if that is no activation.
nf_epilogue gated_by(const onnx::NodeProto &gate) {
    if (is_operator(gate, "Sigmoid")) return NF_EPILOGUE_SILU;
    const bool is_hard = is_operator(gate, "HardSigmoid") &&
                         std::abs(number_attribute(gate, "alpha", 0.2) - 1.0 / 6) < 1e-6 &&
                         number_attribute(gate, "beta", 0.5) == 0.5;
    return is_hard ? NF_EPILOGUE_HARD_SWISH : NF_EPILOGUE_NONE;
}

/// The activation that all uses of a value belong to.
Epilogue activation_after(const Graph &graph, const std::string &value) {
    const auto &users = graph.users(value);
    if (users.size() == 1 && users[0]) return activation_of(graph, *users[0]);
    if (users.size() != 2 || !users[0] || !users[1]) return {};
    const bool product_first = is_operator(*users[0], "Mul");
    const auto &product = *users[product_first ? 0 : 1], &gate = *users[product_first ? 1 : 0];
    if (!is_operator(product, "Mul") || gate.output_size() != 1) return {};
    const auto &gate_users = graph.users(gate.output(0));
    return gate_users.size() == 1 && gate_users[0] == &product ? Epilogue{gated_by(gate)} : Epilogue{};
}

/// The only node that uses a value, where it adds another value to it; else null.
const onnx::NodeProto *addition_after(const Graph &graph, const std::string &value) {
    const auto &users = graph.users(value);
    if (users.size() != 1 || !users[0] || users[0]->input_size() != 2) return nullptr;
    return is_operator(*users[0], "Add") || is_operator(*users[0], "Sum") ? users[0] : nullptr;
}

/// Whether a normalisation later in the graph adds the two.
bool other_fuses(const Graph &graph, const onnx::NodeProto &normalisation, const std::string &other) {
    const auto *maker = graph.producer(other);
    return maker && is_operator(*maker, kNormalisation) && other == maker->output(0) && addition_after(graph, other) &&
           graph.position(*maker) > graph.position(normalisation);
}

} // namespace

Epilogue epilogue_after(const Graph &graph, const onnx::NodeProto &normalisation) {
    const std::string &y = normalisation.output(0);
    const auto *addition = addition_after(graph, y);
    if (!addition) return activation_after(graph, y);
    const std::string &other = addition->input(addition->input(0) == y ? 1 : 0);
    const auto shape = graph.shape(y);
    if (!shape || graph.shape(other) != shape || other_fuses(graph, normalisation, other)) return {};
    Epilogue result = activation_after(graph, addition->output(0));
    result.epilogue = static_cast<nf_epilogue>(NF_EPILOGUE_ADD + result.epilogue);
    return result;
}

} // namespace normforge::shapes
