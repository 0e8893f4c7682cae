// SPDX-License-Identifier: MIT
// ONNX's BatchNormalization as a description, see the public onnx.h: what its versions allow, and which types run.
#include "runtime/names.h"
#include "runtime/report.h"
#include "runtime/validate.h"
#include <algorithm>
#include <normforge/onnx.h>

namespace normforge::facade {
namespace {

constexpr int kFirstOpset = 7, kOneDimension = 9, kTrainingMode = 14, kMixedTypes = 15; ///< opsets that brought something

Status check_attributes(const nf_onnx_node &node) {
    const std::string opset = "opset " + std::to_string(node.opset);
    if (node.opset < kFirstOpset)
        return {NF_INVALID_ARGUMENT,
                "opset is " + std::to_string(node.opset) + ", expected " + std::to_string(kFirstOpset) + " or more"};
    const bool trains = node.opset >= kTrainingMode, has_spatial = node.opset < kOneDimension;
    if (node.training_mode < 0 || node.training_mode > (trains ? 1 : 0))
        return {NF_INVALID_ARGUMENT, "training_mode is " + std::to_string(node.training_mode) + ", expected 0" +
                                         (trains ? " or 1" : " before opset 14; this is " + opset)};
    if (node.spatial != 1 && !(node.spatial == 0 && has_spatial))
        return {NF_INVALID_ARGUMENT, "spatial is " + std::to_string(node.spatial) + ", expected 1" +
                                         (has_spatial ? " or 0" : " from opset 9 on; this is " + opset)};
    const int least = node.opset >= kOneDimension ? 1 : 2;
    if (node.rank < least || node.rank > NF_MAX_RANK)
        return {NF_INVALID_ARGUMENT, "rank of X is " + std::to_string(node.rank) + ", expected " + std::to_string(least) +
                                         " to " + std::to_string(NF_MAX_RANK) + " in " + opset};
    for (int i = 0; i < node.rank; ++i)
        if (node.extents[i] < 0)
            return {NF_INVALID_ARGUMENT,
                    "extents[" + std::to_string(i) + "] is " + std::to_string(node.extents[i]) + ", expected 0 or more"};
    return {};
}

/// Types of two groups of operands that do not go together, and why.
Status refused_pair(const char *names, nf_dtype type, const char *other_names, nf_dtype other, const std::string &why) {
    return {NF_TYPE_MISMATCH,
            std::string(names) + " is " + name_of(type) + " and " + other_names + " is " + name_of(other) + ": " + why};
}

constexpr const char *kX = "X (T)", *kScale = "scale, B (T1)", *kMean = "input_mean, input_var (T2)";

/// What ONNX itself does not allow before opset 15.
Status check_types_of_opset(const nf_onnx_node &node) {
    const std::string opset = "opset " + std::to_string(node.opset);
    if (node.T == NF_BF16 && node.opset < kTrainingMode)
        return {NF_TYPE_MISMATCH, std::string(kX) + " is bf16, which " + opset + " does not have"};
    if (node.opset < kMixedTypes && node.T1 != node.T)
        return refused_pair(kX, node.T, kScale, node.T1, opset + " wants one type for both");
    if (node.opset < kTrainingMode && node.T2 != node.T)
        return refused_pair(kX, node.T, kMean, node.T2, opset + " wants one type for both");
    return {};
}

/// What this library does not run.
Status check_types(const nf_onnx_node &node) {
    for (const auto &[name, type] : {std::pair("T", &node.T), std::pair("T1", &node.T1), std::pair("T2", &node.T2)})
        if (Status status = check_enumerator(name, *type); status.failed()) return status;
    if (Status status = check_types_of_opset(node); status.failed()) return status;
    const nf_dtype parameters = node.T == NF_F64 ? NF_F64 : NF_F32;
    if (node.T1 != parameters)
        return refused_pair(kX, node.T, kScale, node.T1,
                            std::string("not run, expected scale and B of ") + name_of(parameters));
    if (node.T2 != NF_F64 && node.T2 != parameters)
        return refused_pair(kX, node.T, kMean, node.T2,
                            std::string("not run, expected means and variances of ") +
                                (parameters == NF_F32 ? "f32 or f64" : "f64"));
    return {};
}

/// X as (N, C, ...): (N) has one channel, and without `spatial` every position is a channel.
Status shape_of(const nf_onnx_node &node, nf_layout &x) {
    x.dtype = node.T;
    x.rank = std::max(node.rank, 2);
    x.extents[1] = 1;
    std::copy_n(node.extents, node.rank, x.extents);
    if (node.spatial) return {};
    for (int i = 2; i < node.rank; ++i)
        if (__builtin_mul_overflow(x.extents[1], x.extents[i], &x.extents[1]))
            return {NF_OVERFLOW, "C x D1 x ... are more channels than fit in 63 bits"};
    x.rank = 2;
    return {};
}

Status describe(const nf_onnx_node &node, nf_description &description) {
    if (Status status = check_struct_size("nf_onnx_node", node.struct_size, sizeof node, "nf_onnx_node_init");
        status.failed())
        return status;
    if (Status status = check_attributes(node); status.failed()) return status;
    if (Status status = check_types(node); status.failed()) return status;
    nf_layout x{};
    if (Status status = shape_of(node, x); status.failed()) return status;
    nf_description_init(&description, node.training_mode ? NF_FORWARD_TRAIN : NF_FORWARD_INFERENCE);
    description.x = x;
    description.eps = node.epsilon;
    description.momentum = node.momentum;
    description.parameters = node.T1 == NF_F64 ? NF_CHANNEL_F64 : NF_CHANNEL_F32;
    description.statistics = node.T2 == NF_F64 ? NF_CHANNEL_F64 : NF_CHANNEL_F32;
    return {};
}

} // namespace
} // namespace normforge::facade

using namespace normforge;

nf_status nf_onnx_node_init(nf_onnx_node *node, int32_t opset) {
    return guarded([&]() -> Status {
        if (!node) return null_pointer("node");
        *node = nf_onnx_node{};
        node->struct_size = sizeof *node;
        node->opset = opset;
        node->spatial = 1;
        node->epsilon = 1e-5F;
        node->momentum = 0.9F;
        return {};
    });
}

nf_status nf_onnx_describe(const nf_onnx_node *node, nf_description *description) {
    return guarded([&]() -> Status {
        if (!node) return null_pointer("node");
        if (!description) return null_pointer("description");
        return facade::describe(*node, *description);
    });
}
