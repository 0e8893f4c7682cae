// SPDX-License-Identifier: MIT
// An index of an ONNX graph: who makes a value, who uses it, its type, its content where that is constant.
#pragma once

#include <cstdint>
#include <onnx/onnx_pb.h>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace normforge::shapes {

/// The versions of ai.onnx that are read. BatchNormalization was another operator before 7; 28 is what there was when the
/// changes that newer_operators.cpp knows were collected.
inline constexpr int64_t kOldestOpset = 7, kNewestOpset = 28;

/// The operator that all this is about.
inline constexpr const char *kNormalisation = "BatchNormalization";

/// The node's name for texts: its own, or that of its output where it has none.
std::string name_of(const onnx::NodeProto &node);

const onnx::AttributeProto *find_attribute(const onnx::NodeProto &node, const std::string &name);
double number_attribute(const onnx::NodeProto &node, const std::string &name, double otherwise);

/// Whether the node is this operator of ONNX's own domain.
bool is_operator(const onnx::NodeProto &node, const char *type);

/// Refers to the graph, which must stay as it is.
class Graph {
public:
    explicit Graph(const onnx::GraphProto &graph);

    /// The node that makes the value; null for inputs and initialisers.
    const onnx::NodeProto *producer(const std::string &value) const;

    /// The nodes that use the value, once for each operand; null stands for the graph's own outputs, and for a graph inside
    /// a node.
    const std::vector<const onnx::NodeProto *> &users(const std::string &value) const;

    /// Type and shape as declared or inferred, null if unknown or no tensor.
    const onnx::TypeProto_Tensor *type(const std::string &value) const;

    /// The shape if every dimension is known.
    std::optional<std::vector<int64_t>> shape(const std::string &value) const;

    /// The tensor that an initialiser or a node Constant gives, once turn_constants_into_tensors() was called; null if there
    /// is none, or if its data are in another file.
    const onnx::TensorProto *constant(const std::string &value) const;

    /// Integers that the graph holds as a constant, also where it reshapes them first.
    std::optional<std::vector<int64_t>> constant_integers(const std::string &value) const;

    /// The constant as a single number.
    std::optional<double> constant_number(const std::string &value) const;

    /// Dimensions of an initialiser, also of one whose data are in another file; null if it is none.
    const onnx::TensorProto *initialiser(const std::string &value) const;

    /// Where the node stands in the graph, which is in order of execution.
    int position(const onnx::NodeProto &node) const;

private:
    void add_uses_inside(const onnx::GraphProto &inner);

    const onnx::GraphProto &graph_;
    std::unordered_map<std::string, const onnx::NodeProto *> producers_;
    std::unordered_map<std::string, std::vector<const onnx::NodeProto *>> users_;
    std::unordered_map<std::string, const onnx::TypeProto_Tensor *> types_;
    std::unordered_map<std::string, const onnx::TensorProto *> initialisers_;
    std::unordered_map<const onnx::NodeProto *, int> positions_;
};

/// A dimension that is known; exporters also write 0 and -1 for those they do not know.
inline bool is_known(const onnx::TensorShapeProto_Dimension &dimension) {
    return dimension.has_dim_value() && dimension.dim_value() > 0;
}

/// "?x3x224x224", unknown dimensions by their symbol where they have one.
std::string shape_text(const onnx::TypeProto_Tensor *type);

} // namespace normforge::shapes
