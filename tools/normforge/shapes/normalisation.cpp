// SPDX-License-Identifier: MIT
// What a node BatchNormalization says, by the rules of its opset.
#include "tools/normforge/shapes/epilogue.h"
#include "tools/normforge/shapes/model.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge::shapes {

namespace {

constexpr int64_t kTrainingMode = 14; ///< opset since which an attribute says it

/// An attribute of ONNX is an f32, whose decimals are what was meant: 1e-5, not 9.99999974737875e-06.
double decimal_value(double number) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<float>(number)).ptr;
    double value = number;
    std::from_chars(digits, end, value);
    return value;
}

bool trains(const onnx::NodeProto &node, int64_t opset) {
    if (opset >= kTrainingMode) return number_attribute(node, "training_mode", 0) != 0;
    const auto is_named = [](const std::string &output) { return !output.empty(); };
    return std::count_if(node.output().begin(), node.output().end(), is_named) > 1;
}

nf_dtype dtype_of(const onnx::TypeProto_Tensor &tensor) {
    switch (tensor.elem_type()) {
    case onnx::TensorProto::FLOAT: return NF_F32;
    case onnx::TensorProto::DOUBLE: return NF_F64;
    case onnx::TensorProto::FLOAT16: return NF_F16;
    case onnx::TensorProto::BFLOAT16: return NF_BF16;
    default:
        throw std::runtime_error(fmt::format(
            "its input is of ONNX's element type {}, expected float, double, float16 or bfloat16", tensor.elem_type()));
    }
}

class Collector {
public:
    Collector(const onnx::ModelProto &model, const InputShapes &inputs)
        : model_(model), graph_(model.graph()), opset_(opset_of(model)), inputs_(inputs) {}

    std::vector<Normalisation> collect() const {
        std::vector<Normalisation> all;
        for (const auto &node : model_.graph().node()) {
            if (!is_operator(node, kNormalisation)) continue;
            try {
                all.push_back(read(node));
            } catch (const std::runtime_error &error) {
                throw std::runtime_error(
                    fmt::format("node '{}' ({}): {}", shapes::name_of(node), kNormalisation, error.what()));
            }
        }
        return all;
    }

private:
    Normalisation read(const onnx::NodeProto &node) const {
        if (node.input_size() != 5 || node.output_size() == 0)
            throw std::runtime_error(fmt::format("has {} inputs and {} outputs, expected 5 inputs and at least one output",
                                                 node.input_size(), node.output_size()));
        Normalisation result;
        result.node = shapes::name_of(node);
        result.trains = trains(node, opset_);
        result.extents = extents_of(node);
        result.dtype = dtype_of(*graph_.type(node.input(0)));
        result.eps = decimal_value(number_attribute(node, "epsilon", 1e-5));
        const Epilogue epilogue = epilogue_after(graph_, node);
        result.epilogue = epilogue.epilogue;
        result.slope = decimal_value(epilogue.slope);
        return result;
    }

    std::vector<int64_t> extents_of(const onnx::NodeProto &node) const {
        const std::string &x = node.input(0);
        const auto *type = graph_.type(x);
        const auto fail = [&](const std::string &what) {
            throw std::runtime_error(fmt::format("the shape of its input '{}' is not known ({}){}; expected {}, the model's "
                                                 "inputs are: {}",
                                                 x, shape_text(type), why_unknown(model_, graph_, x), what,
                                                 inputs_text(model_.graph())));
        };
        if (!type || !type->has_shape()) fail("a shape, perhaps by --input NAME=AxBxC");
        std::vector<int64_t> extents;
        for (int i = 0; i < type->shape().dim_size(); i++) {
            const auto &dimension = type->shape().dim(i);
            if (is_known(dimension)) {
                extents.push_back(dimension.dim_value());
            } else if (const auto channels = channels_of(node); i == 1 && channels) {
                extents.push_back(*channels);
            } else {
                fail(i == 0 && !inputs_.batch ? "--batch N" : "--input NAME=AxBxC");
            }
        }
        require_batch(extents);
        return positions_as_channels(node) ? std::vector<int64_t>{extents[0], volume(extents)} : with_channels(extents);
    }

    /// From scale, whose length the model may know better.
    std::optional<int64_t> channels_of(const onnx::NodeProto &node) const {
        const auto *scale = graph_.initialiser(node.input(1));
        if (scale && scale->dims_size() == 1) return scale->dims(0);
        const auto shape = graph_.shape(node.input(1));
        return shape && shape->size() == 1 ? std::optional<int64_t>((*shape)[0]) : std::nullopt;
    }

    /// A batch that the graph fixes somewhere (in a reshape, say) would otherwise go unnoticed.
    void require_batch(const std::vector<int64_t> &extents) const {
        const bool is_everywhere = inputs_.batch && inputs_.named.empty();
        if (is_everywhere && !extents.empty() && extents[0] % *inputs_.batch != 0)
            throw std::runtime_error(
                fmt::format("has batch {} where --batch says {}: the model fixes its batch inside, expected "
                            "one exported with that batch or with a symbolic one",
                            extents[0], *inputs_.batch));
    }

    /// Opset 7 and 8 can ask for statistics of every position of C x D1 x ...
    bool positions_as_channels(const onnx::NodeProto &node) const {
        return opset_ < 9 && number_attribute(node, "spatial", 1) == 0;
    }

    static int64_t volume(const std::vector<int64_t> &extents) {
        int64_t product = 1;
        for (size_t i = 1; i < extents.size(); i++) product *= extents[i];
        return product;
    }

    /// A batch of numbers has one channel.
    static std::vector<int64_t> with_channels(std::vector<int64_t> extents) {
        if (extents.empty() || extents.size() > NF_MAX_RANK)
            throw std::runtime_error(
                fmt::format("its input has {} dimensions, expected 1 to {}", extents.size(), NF_MAX_RANK));
        if (extents.size() == 1) extents.push_back(1);
        return extents;
    }

    const onnx::ModelProto &model_;
    const Graph graph_;
    const int64_t opset_;
    const InputShapes &inputs_;
};

} // namespace

std::vector<Normalisation> collect_normalisations(const onnx::ModelProto &model, const InputShapes &inputs) {
    return Collector(model, inputs).collect();
}

} // namespace normforge::shapes
