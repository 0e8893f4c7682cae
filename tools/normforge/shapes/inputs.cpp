// SPDX-License-Identifier: MIT
// --batch and --input: gives the inputs of a graph their shapes, and keeps what the model stores about other values only
// where it stays true.
#include "tools/normforge/shapes/model.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>
#include <stdexcept>

namespace normforge::shapes {

namespace {

/// Operators whose operands after the first are parameters.
constexpr std::array<const char *, 10> kTakeParameters = {
    "BatchNormalization", "Conv",  "ConvTranspose",         "Gemm",   "GroupNormalization",
    "LayerNormalization", "PRelu", "InstanceNormalization", "MatMul", "RMSNormalization"};

/// Whether a graph's input is a weight: training graphs, and exports without initialisers, have those among the inputs.
bool is_parameter(const Graph &graph, const std::string &input) {
    const auto &users = graph.users(input);
    return !users.empty() && std::all_of(users.begin(), users.end(), [&](const onnx::NodeProto *node) {
        return node && node->input(0) != input &&
               std::any_of(kTakeParameters.begin(), kTakeParameters.end(),
                           [&](const char *type) { return is_operator(*node, type); });
    });
}

class InputSetter {
public:
    explicit InputSetter(onnx::GraphProto &graph) : graph_(graph) {}

    void set_named(const std::string &name, const std::vector<int64_t> &extents) {
        onnx::TypeProto_Tensor &tensor = tensor_of(name);
        const bool has_rank = tensor.has_shape();
        const auto rank = static_cast<size_t>(tensor.shape().dim_size());
        if (has_rank && rank != extents.size()) {
            throw std::runtime_error(fmt::format("--input {}={}: has {} dimensions, expected {}, as the model says: {}",
                                                 name, fmt::join(extents, "x"), extents.size(), rank, shape_text(&tensor)));
        }
        for (size_t i = 0; i < extents.size(); i++) {
            if (!has_rank) tensor.mutable_shape()->add_dim();
            set(*tensor.mutable_shape()->mutable_dim(static_cast<int>(i)), extents[i]);
        }
    }

    /// Returns whether it has a first dimension.
    bool set_batch(const std::string &name, int64_t batch) {
        onnx::TypeProto_Tensor &tensor = tensor_of(name);
        if (tensor.shape().dim_size() == 0) return false;
        set(*tensor.mutable_shape()->mutable_dim(0), batch);
        return true;
    }

    /// Symbols that are known now are known everywhere; other stored shapes are out of date if a number was replaced.
    void update_other_values() {
        if (replaced_number_) {
            graph_.clear_value_info();
            for (auto &output : *graph_.mutable_output()) {
                if (output.type().has_tensor_type()) output.mutable_type()->mutable_tensor_type()->clear_shape();
            }
        }
        for (auto *values : {graph_.mutable_input(), graph_.mutable_output(), graph_.mutable_value_info()}) {
            for (auto &value : *values) {
                if (value.type().has_tensor_type()) substitute(*value.mutable_type()->mutable_tensor_type());
            }
        }
    }

private:
    onnx::TypeProto_Tensor &tensor_of(const std::string &name) {
        for (auto &input : *graph_.mutable_input()) {
            if (input.name() == name) return *input.mutable_type()->mutable_tensor_type();
        }
        throw std::runtime_error(
            fmt::format("--input {}: the model has no such input, expected one of: {}", name, inputs_text(graph_)));
    }

    void set(onnx::TensorShapeProto_Dimension &dimension, int64_t extent) {
        if (is_known(dimension)) {
            replaced_number_ = replaced_number_ || dimension.dim_value() != extent;
        } else if (!dimension.dim_param().empty()) {
            symbols_[dimension.dim_param()] = extent;
        }
        dimension.set_dim_value(extent);
    }

    void substitute(onnx::TypeProto_Tensor &tensor) const {
        if (!tensor.has_shape()) return;
        for (auto &dimension : *tensor.mutable_shape()->mutable_dim()) {
            const auto known = symbols_.find(dimension.dim_param());
            if (known != symbols_.end()) dimension.set_dim_value(known->second);
        }
    }

    onnx::GraphProto &graph_;
    std::map<std::string, int64_t> symbols_; ///< and what they stand for
    bool replaced_number_ = false;
};

} // namespace

void set_input_shapes(onnx::GraphProto &graph, const InputShapes &inputs) {
    if (!inputs.batch && inputs.named.empty()) return;
    InputSetter setter(graph);
    for (const auto &[name, extents] : inputs.named) setter.set_named(name, extents);
    if (inputs.batch) {
        const Graph index(graph);
        std::vector<std::string> chosen;
        for (const auto &input : graph.input()) {
            const auto is_named = [&](const auto &named) { return named.first == input.name(); };
            if (!index.initialiser(input.name()) && !is_parameter(index, input.name()) &&
                std::none_of(inputs.named.begin(), inputs.named.end(), is_named))
                chosen.push_back(input.name());
        }
        size_t set = 0;
        for (const auto &name : chosen) set += setter.set_batch(name, *inputs.batch);
        if (set == 0 && inputs.named.empty()) {
            throw std::runtime_error(fmt::format(
                "--batch: no input of the model has a first dimension to set, its inputs are: {}", inputs_text(graph)));
        }
    }
    setter.update_other_values();
}

std::string inputs_text(const onnx::GraphProto &graph) {
    const Graph index(graph);
    std::vector<std::string> texts;
    for (const auto &input : graph.input()) {
        if (!index.initialiser(input.name()) && !is_parameter(index, input.name()))
            texts.push_back(fmt::format("{} ({})", input.name(), shape_text(index.type(input.name()))));
    }
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
}

} // namespace normforge::shapes
