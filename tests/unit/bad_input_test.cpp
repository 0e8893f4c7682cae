// SPDX-License-Identifier: MIT
// Bad input, one row each: a valid call, what is changed in it, the status, what the text says. No byte of any operand
// changes.
#include "tests/unit/run.h"
#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>

using namespace normforge;
using namespace normforge::unit;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class Enum>
void set_raw(Enum &enumerator, int value) {
    std::memcpy(&enumerator, &value, sizeof value);
}

void set(int64_t (&values)[NF_MAX_RANK], std::initializer_list<int64_t> four) {
    std::copy(four.begin(), four.end(), values);
}

void *shifted(const void *pointer, ptrdiff_t bytes) {
    return static_cast<unsigned char *>(const_cast<void *>(pointer)) + bytes;
}

void *same(const void *pointer) {
    return const_cast<void *>(pointer);
}

struct BadInput {
    const char *problem;
    const char *what;
    /// One of the two: what is wrong with the description, or with the operands.
    std::function<void(nf_description &)> describe;
    std::function<void(nf_tensors &)> give;
    nf_status status;
    const char *says;
};

BadInput described(const char *problem, const char *what, std::function<void(nf_description &)> spoil, nf_status status,
                   const char *says) {
    return {problem, what, std::move(spoil), nullptr, status, says};
}

BadInput given(const char *problem, const char *what, std::function<void(nf_tensors &)> spoil, nf_status status,
               const char *says) {
    return {problem, what, nullptr, std::move(spoil), status, says};
}

// Valid calls of 120 elements in 3 channels.
constexpr const char *kTrain = "forward_train:f32:nhwc:2x5x4x3:relu";
constexpr const char *kTrainAdd = "forward_train:bf16:nchw:2x3x5x4:add_relu";
constexpr const char *kTrain16 = "forward_train:f16:nchw:2x3x5x4";
constexpr const char *kInfer = "forward_inference:f32:nchw:2x3x5x4";
constexpr const char *kInfer64 = "forward_inference:f64:nchw:2x3x5x4:add_relu";
constexpr const char *kBack = "backward_train:f32:nchw:2x3x5x4";
constexpr const char *kBack64 = "backward_train:f64:nchw:2x3x5x4";
constexpr const char *kBackAdd = "backward_train:f32:nchw:2x3x5x4:add_relu:grad=wwww";
constexpr const char *kBackSilu = "backward_train:f32:nchw:2x3x5x4:add_silu";
constexpr const char *kFrozen = "backward_frozen:f32:nchw:2x3x5x4";
constexpr const char *kFrozen16 = "backward_frozen:bf16:nchw:2x3x5x4:add_relu";
constexpr const char *kStats = "stats:f32:nchw:2x3x5x4";
constexpr const char *kMerge = "merge:f32:nc:40x3:k=2";
constexpr const char *kApply = "apply:f32:nchw:2x3x5x4:add";
constexpr const char *kReduce = "backward_reduce:f32:nchw:2x3x5x4:add_relu";
constexpr const char *kBackMerge = "backward_merge:f32:nc:40x3:k=2";
constexpr const char *kBackApply = "backward_apply:f32:nchw:2x3x5x4";
constexpr const char *kResidual = "backward_residual:f32:nchw:2x3x5x4:add_relu";
constexpr const char *kResidualSilu = "backward_residual:f32:nchw:2x3x5x4:add_silu";

const BadInput kBadInputs[] = {
    // structs and enumerators
    described(
        kBack, "struct_size 0", [](auto &d) { d.struct_size = 0; }, NF_INVALID_ARGUMENT, "nf_description.struct_size is 0"),
    described(
        kBack, "struct_size large", [](auto &d) { d.struct_size += 8; }, NF_INVALID_ARGUMENT, "struct_size"),
    described(
        kBack, "op", [](auto &d) { set_raw(d.op, 77); }, NF_INVALID_ARGUMENT,
        "op is 77, which is no enumerator; choices: forward_train"),
    described(
        kBack, "op -1", [](auto &d) { set_raw(d.op, -1); }, NF_INVALID_ARGUMENT, "op is -1"),
    described(
        kBack, "epilogue", [](auto &d) { set_raw(d.epilogue, -1); }, NF_INVALID_ARGUMENT, "epilogue is -1"),
    described(
        kInfer, "epilogue 10", [](auto &d) { set_raw(d.epilogue, 10); }, NF_INVALID_ARGUMENT, "epilogue is 10"),
    described(
        kTrain, "epilogue 26", [](auto &d) { set_raw(d.epilogue, 26); }, NF_INVALID_ARGUMENT, "epilogue is 26"),
    described(
        kBack, "store", [](auto &d) { set_raw(d.store, 3); }, NF_INVALID_ARGUMENT, "store is 3"),
    described(
        kBack, "x.dtype", [](auto &d) { set_raw(d.x.dtype, 9); }, NF_INVALID_ARGUMENT, "x.dtype is 9"),
    described(
        kMerge, "x.dtype of merge", [](auto &d) { set_raw(d.x.dtype, 4); }, NF_INVALID_ARGUMENT, "x.dtype is 4"),
    described(
        kTrain, "parameters", [](auto &d) { set_raw(d.parameters, 5); }, NF_INVALID_ARGUMENT, "parameters is 5"),
    described(
        kStats, "statistics", [](auto &d) { set_raw(d.statistics, -2); }, NF_INVALID_ARGUMENT, "statistics is -2"),
    described(
        kTrain, "running_variance", [](auto &d) { set_raw(d.running_variance, 2); }, NF_INVALID_ARGUMENT,
        "running_variance is 2, which is no enumerator; choices: biased, unbiased"),
    described(
        kMerge, "average", [](auto &d) { set_raw(d.average, 2); }, NF_INVALID_ARGUMENT,
        "average is 2, which is no enumerator; choices: exponential, cumulative"),
    described(
        kBack, "dx_gradient", [](auto &d) { set_raw(d.dx_gradient, 3); }, NF_INVALID_ARGUMENT,
        "dx_gradient is 3, which is no enumerator; choices: write, add, null"),
    described(
        kBackApply, "dx_gradient of apply", [](auto &d) { set_raw(d.dx_gradient, 3); }, NF_INVALID_ARGUMENT,
        "dx_gradient is 3"),
    described(
        kFrozen, "dgamma_gradient", [](auto &d) { set_raw(d.dgamma_gradient, -1); }, NF_INVALID_ARGUMENT,
        "dgamma_gradient is -1"),
    described(
        kBackMerge, "dbeta_gradient", [](auto &d) { set_raw(d.dbeta_gradient, 9); }, NF_INVALID_ARGUMENT,
        "dbeta_gradient is 9"),
    described(
        kBackAdd, "dresidual_gradient", [](auto &d) { set_raw(d.dresidual_gradient, 3); }, NF_INVALID_ARGUMENT,
        "dresidual_gradient is 3"),
    // types
    described(
        kBack, "dy.dtype", [](auto &d) { d.dy = d.x, set_raw(d.dy.dtype, 1); }, NF_TYPE_MISMATCH,
        "dy.dtype is 1, x.dtype is f32"),
    described(
        kTrainAdd, "residual.dtype", [](auto &d) { d.residual = d.x, d.residual.dtype = NF_F16; }, NF_TYPE_MISMATCH,
        "residual.dtype is 2, x.dtype is bf16"),
    described(
        kBackAdd, "dresidual.dtype", [](auto &d) { d.dresidual = d.x, d.dresidual.dtype = NF_F64; }, NF_TYPE_MISMATCH,
        "dresidual.dtype is 1, x.dtype is f32"),
    described(
        kBackAdd, "y.dtype", [](auto &d) { d.y = d.x, d.y.dtype = NF_BF16; }, NF_TYPE_MISMATCH, "y.dtype is 3"),
    described(
        kTrainAdd, "parameters f16 with x bf16", [](auto &d) { d.parameters = NF_CHANNEL_F16; }, NF_TYPE_MISMATCH,
        "parameters are f16 and x is bf16, which do not run together; with x bf16 parameters are f32"),
    described(
        kTrainAdd, "parameters bf16 with x bf16", [](auto &d) { d.parameters = NF_CHANNEL_BF16; }, NF_TYPE_MISMATCH,
        "parameters are bf16 and x is bf16"),
    described(
        kTrain16, "parameters f16 with x f16", [](auto &d) { d.parameters = NF_CHANNEL_F16; }, NF_TYPE_MISMATCH,
        "parameters are f16 and x is f16"),
    described(
        kInfer, "parameters f64 with x f32", [](auto &d) { d.parameters = NF_CHANNEL_F64; }, NF_TYPE_MISMATCH,
        "parameters are f64 and x is f32"),
    described(
        kBackMerge, "parameters bf16 with x f32", [](auto &d) { d.parameters = NF_CHANNEL_BF16; }, NF_TYPE_MISMATCH,
        "parameters are bf16 and x is f32"),
    described(
        kInfer64, "parameters f32 with x f64", [](auto &d) { d.parameters = NF_CHANNEL_F32; }, NF_TYPE_MISMATCH,
        "parameters are f32 and x is f64, which do not run together; with x f64 parameters are f64"),
    described(
        kTrainAdd, "statistics bf16 with x bf16", [](auto &d) { d.statistics = NF_CHANNEL_BF16; }, NF_TYPE_MISMATCH,
        "statistics are bf16 and x is bf16, which do not run together; with x bf16 statistics are f32 or f64"),
    described(
        kTrain16, "statistics f16 with x f16", [](auto &d) { d.statistics = NF_CHANNEL_F16; }, NF_TYPE_MISMATCH,
        "statistics are f16 and x is f16"),
    described(
        kStats, "statistics f16 with x f32", [](auto &d) { d.statistics = NF_CHANNEL_F16; }, NF_TYPE_MISMATCH,
        "statistics are f16 and x is f32"),
    described(
        kBack64, "statistics f32 with x f64", [](auto &d) { d.statistics = NF_CHANNEL_F32; }, NF_TYPE_MISMATCH,
        "statistics are f32 and x is f64, which do not run together; with x f64 statistics are f64"),
    // shapes
    described(
        kBack, "x.rank 0", [](auto &d) { d.x.rank = 0; }, NF_INVALID_ARGUMENT, "x.rank is 0, expected 1 to 8"),
    described(
        kBack, "x.rank 9", [](auto &d) { d.x.rank = 9; }, NF_INVALID_ARGUMENT, "x.rank is 9, expected 1 to 8"),
    described(
        kMerge, "x.rank 0 of merge", [](auto &d) { d.x.rank = 0; }, NF_INVALID_ARGUMENT, "x.rank is 0"),
    described(
        kBack, "dx.rank -1", [](auto &d) { d.dx.rank = -1; }, NF_INVALID_ARGUMENT, "dx.rank is -1, expected 0 to 8"),
    described(
        kBack, "dx.rank differs", [](auto &d) { d.dx = d.x, d.dx.rank = 3; }, NF_SHAPE_MISMATCH,
        "dx.rank is 3, x.rank is 4"),
    described(
        kBack, "dx.extents differ", [](auto &d) { d.dx = d.x, d.dx.extents[2] = 6; }, NF_SHAPE_MISMATCH,
        "dx.extents are 2x3x6x4, x.extents"),
    described(
        kTrainAdd, "residual.extents differ", [](auto &d) { d.residual = d.x, d.residual.extents[0] = 1; },
        NF_SHAPE_MISMATCH, "residual.extents are 1x3x5x4, x.extents are 2x3x5x4"),
    described(
        kResidual, "dresidual.extents differ", [](auto &d) { d.dresidual = d.x, d.dresidual.extents[1] = 4; },
        NF_SHAPE_MISMATCH, "dresidual.extents are 2x4x5x4"),
    described(
        kReduce, "y.rank differs", [](auto &d) { d.y = d.x, d.y.rank = 2; }, NF_SHAPE_MISMATCH, "y.rank is 2"),
    described(
        kBack, "negative extent", [](auto &d) { d.x.extents[1] = -3; }, NF_INVALID_ARGUMENT, "x.extents[1] is -3"),
    described(
        kBackMerge, "negative extent", [](auto &d) { d.x.extents[1] = -3; }, NF_INVALID_ARGUMENT, "x.extents[1] is -3"),
    described(
        kBack, "axis 4", [](auto &d) { d.axis = 4; }, NF_INVALID_ARGUMENT, "axis is 4, expected -4 to 3"),
    described(
        kBack, "axis -5", [](auto &d) { d.axis = -5; }, NF_INVALID_ARGUMENT, "axis is -5"),
    described(
        kStats, "axis of stats", [](auto &d) { d.axis = 4; }, NF_INVALID_ARGUMENT, "axis is 4"),
    described(
        kMerge, "axis of merge", [](auto &d) { d.axis = 2; }, NF_INVALID_ARGUMENT, "axis is 2, expected -2 to 1"),
    // strides
    described(
        kBack, "zero stride among others", [](auto &d) { d.x.strides[3] = 1; }, NF_UNSUPPORTED_STRIDES,
        "axis 0 (extent 2, stride 0), expected a stride other than 0"),
    described(
        kTrainAdd, "zero stride of the residual", [](auto &d) { d.residual = d.x, set(d.residual.strides, {0, 20, 4, 1}); },
        NF_UNSUPPORTED_STRIDES, "residual: axis 0 (extent 2, stride 0)"),
    described(
        kBack, "strides that do not merge", [](auto &d) { set(d.x.strides, {96, 32, 8, 1}); }, NF_UNSUPPORTED_STRIDES,
        "axis 2 (extent 5, stride 8) and axis 3"),
    described(
        kStats, "one of two reversed", [](auto &d) { set(d.x.strides, {60, 20, -4, 1}); }, NF_UNSUPPORTED_STRIDES,
        "axis 2 (extent 5, stride -4) and axis 3 (extent 4, stride 1) do not merge"),
    described(
        kBack, "output overlaps itself", [](auto &d) { d.dx = d.x, set(d.dx.strides, {20, 20, 4, 1}); },
        NF_UNSUPPORTED_STRIDES, "share memory"),
    described(
        kBack, "output overlaps itself backwards", [](auto &d) { d.dx = d.x, set(d.dx.strides, {-20, 20, 4, 1}); },
        NF_UNSUPPORTED_STRIDES, "dx.strides -20x20x4x1"),
    described(
        kInfer, "y overlaps itself", [](auto &d) { d.y = d.x, set(d.y.strides, {1, 1, 4, 1}); }, NF_UNSUPPORTED_STRIDES,
        "y.strides 1x1x4x1"),
    described(
        kResidual, "dresidual overlaps itself", [](auto &d) { d.dresidual = d.x, set(d.dresidual.strides, {20, 20, 4, 1}); },
        NF_UNSUPPORTED_STRIDES, "dresidual.strides 20x20x4x1"),
    // sizes
    described(
        kBack, "elements over 2^63", [](auto &d) { std::fill_n(d.x.extents, 4, int64_t{1} << 31); }, NF_OVERFLOW, "63 bits"),
    described(
        kBack, "all tensors over 2^63", [](auto &d) { set(d.x.extents, {int64_t{1} << 30, int64_t{1} << 30, 1, 1}); },
        NF_OVERFLOW, "the tensors together"),
    described(
        kStats, "strides over 2^63", [](auto &d) { set(d.x.strides, {-(int64_t{1} << 62), 20, 4, 1}); }, NF_OVERFLOW,
        "x: extents 2x3x5x4 with strides -4611686018427387904x20x4x1"),
    described(
        kMerge, "triples over 2^63", [](auto &d) { d.x.extents[1] = int64_t{1} << 58, d.x.extents[0] = 1; }, NF_OVERFLOW,
        "2 triples of 288230376151711744 channels"),
    described(
        kMerge, "triples out of reach", [](auto &d) { d.x.extents[1] = int64_t{1} << 30; }, NF_NO_VARIANT,
        "out of the kernels' reach"),
    // scalars
    described(
        kTrain, "eps negative", [](auto &d) { d.eps = -1e-9; }, NF_INVALID_ARGUMENT, "eps is -1e-09"),
    described(
        kInfer, "eps NaN", [](auto &d) { d.eps = kNan; }, NF_INVALID_ARGUMENT, "eps is nan"),
    described(
        kFrozen, "eps infinite", [](auto &d) { d.eps = kInfinity; }, NF_INVALID_ARGUMENT, "eps is inf"),
    described(
        kMerge, "eps of merge", [](auto &d) { d.eps = -1; }, NF_INVALID_ARGUMENT, "eps is -1"),
    described(
        kTrain, "momentum below 0", [](auto &d) { d.momentum = -0.1; }, NF_INVALID_ARGUMENT,
        "momentum is -0.1, expected 0 to 1"),
    described(
        kTrain, "momentum above 1", [](auto &d) { d.momentum = 1.5; }, NF_INVALID_ARGUMENT, "momentum is 1.5"),
    described(
        kMerge, "momentum NaN", [](auto &d) { d.momentum = kNan; }, NF_INVALID_ARGUMENT, "momentum is nan"),
    described(
        "forward_train:f32:nchw:2x3x5x4:leaky_relu", "slope negative", [](auto &d) { d.slope = -0.5; }, NF_INVALID_ARGUMENT,
        "slope is -0.5, epilogue leaky_relu expects 0 to the largest f32"),
    described(
        "backward_frozen:f32:nchw:2x3x5x4:add_leaky_relu", "slope NaN", [](auto &d) { d.slope = kNan; }, NF_INVALID_ARGUMENT,
        "slope is nan, epilogue add_leaky_relu"),
    described(
        "apply:f32:nchw:2x3x5x4:leaky_relu", "slope infinite", [](auto &d) { d.slope = kInfinity; }, NF_INVALID_ARGUMENT,
        "slope is inf"),
    described(
        kMerge, "parts 0", [](auto &d) { d.parts = 0; }, NF_INVALID_ARGUMENT, "parts is 0, expected 1 or more"),
    described(
        kBackMerge, "parts negative", [](auto &d) { d.parts = -3; }, NF_INVALID_ARGUMENT, "parts is -3"),
    described(
        kResidual, "no residual", [](auto &d) { d.epilogue = NF_EPILOGUE_RELU; }, NF_INVALID_ARGUMENT,
        "epilogue is relu, backward_residual expects one that adds a residual"),
    described(
        kBack, "threads negative", [](auto &d) { d.threads = -1; }, NF_INVALID_ARGUMENT, "threads is -1"),
    described(
        kMerge, "threads over 1024", [](auto &d) { d.threads = 1025; }, NF_INVALID_ARGUMENT, "threads is 1025"),
    // variants
    described(
        kBack, "unknown variant", [](auto &d) { d.variant = "nf_nonsense"; }, NF_UNKNOWN_VARIANT,
        "variant \"nf_nonsense\" is not registered; variants that serve this problem: "
        "backward_train_f32_small_planes_none"),
    described(
        kBack, "variant of another op", [](auto &d) { d.variant = "forward_inference_f32_small_planes_none"; },
        NF_NO_VARIANT,
        "its op is forward_inference, the problem's is backward_train; variants that do: "
        "backward_train_f32_small_planes_none"),
    described(
        kBack64, "variant of another type", [](auto &d) { d.variant = "backward_train_f32_small_planes_none"; },
        NF_NO_VARIANT, "its dtype is f32, the problem's is f64"),
    described(
        kTrain, "variant of another epilogue", [](auto &d) { d.variant = "forward_train_f32_last_none"; }, NF_NO_VARIANT,
        "its epilogue is none, the problem's is relu"),
    described(
        kMerge, "variant with f64 statistics", [](auto &d) { d.variant = "merge_f32_stats64"; }, NF_NO_VARIANT,
        "it does compute in f64, the problem does not"),
    described(
        kInfer, "epilogue that nothing registered has", [](auto &d) { d.epilogue = NF_EPILOGUE_TANH; }, NF_NO_VARIANT,
        "no cached variant for forward_inference f32 small_planes tanh"),
    // operands that are missing
    given(
        kBack, "struct_size", [](auto &t) { t.struct_size = 1; }, NF_INVALID_ARGUMENT, "nf_tensors.struct_size is 1"),
    given(
        kTrain, "x null", [](auto &t) { t.x = nullptr; }, NF_NULL_POINTER, "x is null, forward_train needs it"),
    given(
        kTrain, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER, "y is null, forward_train needs it"),
    given(
        kTrainAdd, "residual null", [](auto &t) { t.residual = nullptr; }, NF_NULL_POINTER,
        "residual is null, forward_train with epilogue add_relu needs it"),
    given(
        kInfer, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER, "y is null, forward_inference"),
    given(
        kInfer, "running_mean null", [](auto &t) { t.running_mean.data = nullptr; }, NF_NULL_POINTER,
        "running_mean.data is null, forward_inference needs it"),
    given(
        kInfer64, "running_variance null", [](auto &t) { t.running_variance.data = nullptr; }, NF_NULL_POINTER,
        "running_variance.data is null"),
    given(
        kInfer64, "residual null", [](auto &t) { t.residual = nullptr; }, NF_NULL_POINTER,
        "residual is null, forward_inference with epilogue add_relu"),
    given(
        kBack, "x null", [](auto &t) { t.x = nullptr; }, NF_NULL_POINTER, "x is null, backward_train needs it"),
    given(
        kBack, "dy null", [](auto &t) { t.dy = nullptr; }, NF_NULL_POINTER, "dy is null"),
    given(
        kBack, "dx null", [](auto &t) { t.dx = nullptr; }, NF_NULL_POINTER,
        "dx is null, backward_train needs it, because dx_gradient is write; NF_GRADIENT_NULL asks for none"),
    given(
        "backward_train:f32:nchw:2x3x5x4:none:grad=aww", "dx null, added to", [](auto &t) { t.dx = nullptr; },
        NF_NULL_POINTER, "because dx_gradient is add"),
    given(
        kBack, "dgamma null", [](auto &t) { t.dgamma.data = nullptr; }, NF_NULL_POINTER,
        "dgamma.data is null, backward_train needs it, because dgamma_gradient is write; NF_GRADIENT_NULL asks for none"),
    given(
        "backward_frozen:f32:nchw:2x3x5x4:none:grad=nna", "dbeta null", [](auto &t) { t.dbeta.data = nullptr; },
        NF_NULL_POINTER, "dbeta.data is null, backward_frozen needs it, because dbeta_gradient is add"),
    given(
        kBackAdd, "dresidual null", [](auto &t) { t.dresidual = nullptr; }, NF_NULL_POINTER,
        "dresidual is null, backward_train with epilogue add_relu needs it, because dresidual_gradient is write"),
    given(
        kBackAdd, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER,
        "y is null, backward_train with epilogue add_relu needs it"),
    given(
        kBackSilu, "residual null", [](auto &t) { t.residual = nullptr; }, NF_NULL_POINTER,
        "residual is null, backward_train with epilogue add_silu needs it"),
    given(
        kBack, "saved_mean null", [](auto &t) { t.saved_mean.data = nullptr; }, NF_NULL_POINTER, "saved_mean.data is null"),
    given(
        kBack64, "saved_invstd null", [](auto &t) { t.saved_invstd.data = nullptr; }, NF_NULL_POINTER,
        "saved_invstd.data is null"),
    given(
        "backward_train:f32:nhwc:2x5x4x3", "workspace null", [](auto &t) { t.workspace = nullptr; }, NF_NULL_POINTER,
        "workspace is null"),
    given(
        kFrozen, "dx null", [](auto &t) { t.dx = nullptr; }, NF_NULL_POINTER, "dx is null, backward_frozen"),
    given(
        kFrozen, "running_mean null", [](auto &t) { t.running_mean.data = nullptr; }, NF_NULL_POINTER,
        "running_mean.data is null, backward_frozen needs it"),
    given(
        kFrozen16, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER,
        "y is null, backward_frozen with epilogue add_relu"),
    given(
        kStats, "x null", [](auto &t) { t.x = nullptr; }, NF_NULL_POINTER, "x is null, stats needs it"),
    given(
        kStats, "triples null", [](auto &t) { t.triples.data = nullptr; }, NF_NULL_POINTER, "triples.data is null, stats"),
    given(
        kMerge, "triples null", [](auto &t) { t.triples.data = nullptr; }, NF_NULL_POINTER, "triples.data is null, merge"),
    given(
        kApply, "saved_mean null", [](auto &t) { t.saved_mean.data = nullptr; }, NF_NULL_POINTER,
        "saved_mean.data is null, apply"),
    given(
        kApply, "saved_invstd null", [](auto &t) { t.saved_invstd.data = nullptr; }, NF_NULL_POINTER,
        "saved_invstd.data is null, apply"),
    given(
        kApply, "residual null", [](auto &t) { t.residual = nullptr; }, NF_NULL_POINTER,
        "residual is null, apply with epilogue add needs it"),
    given(
        kReduce, "dy null", [](auto &t) { t.dy = nullptr; }, NF_NULL_POINTER, "dy is null, backward_reduce"),
    given(
        kReduce, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER, "y is null, backward_reduce with epilogue"),
    given(
        kBackMerge, "saved_invstd null", [](auto &t) { t.saved_invstd.data = nullptr; }, NF_NULL_POINTER,
        "saved_invstd.data is null, backward_merge"),
    given(
        kBackMerge, "dgamma null", [](auto &t) { t.dgamma.data = nullptr; }, NF_NULL_POINTER,
        "dgamma.data is null, backward_merge needs it, because dgamma_gradient is write"),
    given(
        kBackApply, "triples null", [](auto &t) { t.triples.data = nullptr; }, NF_NULL_POINTER,
        "triples.data is null, backward_apply"),
    given(
        kResidual, "dresidual null", [](auto &t) { t.dresidual = nullptr; }, NF_NULL_POINTER, "dresidual is null"),
    given(
        kResidual, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER, "y is null, backward_residual with epilogue"),
    given(
        kResidualSilu, "x null", [](auto &t) { t.x = nullptr; }, NF_NULL_POINTER,
        "x is null, backward_residual with epilogue add_silu needs it"),
    given(
        kResidualSilu, "saved_mean null", [](auto &t) { t.saved_mean.data = nullptr; }, NF_NULL_POINTER,
        "saved_mean.data is null, backward_residual with epilogue add_silu"),
    // alignment
    given(
        kBack, "x misaligned", [](auto &t) { t.x = shifted(t.x, 2); }, NF_MISALIGNED, "x is 2 bytes past"),
    given(
        kBack, "dx misaligned", [](auto &t) { t.dx = shifted(t.dx, 1); }, NF_MISALIGNED, "dx is 1 bytes past"),
    given(
        kBack64, "dy misaligned", [](auto &t) { t.dy = shifted(t.dy, 4); }, NF_MISALIGNED,
        "dy is 4 bytes past a multiple of its element size, 8"),
    given(
        kTrainAdd, "residual misaligned", [](auto &t) { t.residual = shifted(t.residual, 1); }, NF_MISALIGNED,
        "residual is 1 bytes past a multiple of its element size, 2"),
    given(
        kTrain16, "y misaligned", [](auto &t) { t.y = shifted(t.y, 3); }, NF_MISALIGNED, "y is 1 bytes past"),
    given(
        kBack, "gamma misaligned", [](auto &t) { t.gamma.data = shifted(t.gamma.data, 3); }, NF_MISALIGNED,
        "gamma.data is 3 bytes"),
    given(
        kTrain16, "running_mean misaligned", [](auto &t) { t.running_mean.data = shifted(t.running_mean.data, 2); },
        NF_MISALIGNED, "running_mean.data is 2 bytes past a multiple of its element size, 4"),
    given(
        "stats:bf16:nchw:2x3x5x4", "triples misaligned", [](auto &t) { t.triples.data = shifted(t.triples.data, 4); },
        NF_MISALIGNED, "triples.data is 4 bytes past a multiple of its element size, 8"),
    given(
        "forward_train:f32:nchw:2x3x5x4:none:stats=f64", "saved_mean misaligned for f64",
        [](auto &t) { t.saved_mean.data = shifted(t.saved_mean.data, 4); }, NF_MISALIGNED,
        "saved_mean.data is 4 bytes past a multiple of its element size, 8"),
    given(
        kTrain, "workspace misaligned", [](auto &t) { t.workspace = shifted(t.workspace, 4); }, NF_MISALIGNED,
        "workspace is 4 bytes past a multiple of 64"),
    // lengths: a plan executed with arrays of another shape
    given(
        kBack, "gamma length", [](auto &t) { t.gamma.length = 2; }, NF_SHAPE_MISMATCH,
        "gamma.length is 2, expected the number of channels, 3"),
    given(
        kBack, "beta length", [](auto &t) { t.beta.length = 4; }, NF_SHAPE_MISMATCH, "beta.length is 4"),
    given(
        kBack, "saved_mean length", [](auto &t) { t.saved_mean.length = 0; }, NF_SHAPE_MISMATCH, "saved_mean.length is 0"),
    given(
        kBack, "saved_invstd length", [](auto &t) { t.saved_invstd.length = -3; }, NF_SHAPE_MISMATCH,
        "saved_invstd.length is -3"),
    given(
        kFrozen16, "dgamma length", [](auto &t) { t.dgamma.length = 1; }, NF_SHAPE_MISMATCH, "dgamma.length is 1"),
    given(
        kFrozen, "running_variance length", [](auto &t) { t.running_variance.length = 2; }, NF_SHAPE_MISMATCH,
        "running_variance.length is 2"),
    given(
        kTrain, "running_mean length", [](auto &t) { t.running_mean.length = 2; }, NF_SHAPE_MISMATCH,
        "running_mean.length is 2, expected the number of channels, 3"),
    given(
        kTrain, "saved_variance length", [](auto &t) { t.saved_variance.length = -1; }, NF_SHAPE_MISMATCH,
        "saved_variance.length is -1"),
    given(
        kInfer, "running_mean length", [](auto &t) { t.running_mean.length = 4; }, NF_SHAPE_MISMATCH,
        "running_mean.length is 4"),
    given(
        kStats, "triples length", [](auto &t) { t.triples.length = 3; }, NF_SHAPE_MISMATCH,
        "triples.length is 3, expected 3 for each of 3 channels, 9"),
    given(
        kMerge, "triples of one part", [](auto &t) { t.triples.length = 9; }, NF_SHAPE_MISMATCH,
        "triples.length is 9, expected 6 for each of 3 channels, 18"),
    given(
        kMerge, "merged of two parts", [](auto &t) { t.merged.length = 18; }, NF_SHAPE_MISMATCH,
        "merged.length is 18, expected 3 for each of 3 channels, 9"),
    given(
        kBackApply, "triples length", [](auto &t) { t.triples.length = 18; }, NF_SHAPE_MISMATCH, "triples.length is 18"),
    // workspace, count of batches
    given(
        kTrain, "workspace small", [](auto &t) { --t.workspace_size; }, NF_WORKSPACE_TOO_SMALL, "expected at least"),
    given(
        "backward_train:f32:nchw:2x3x5x4:none:grad=aww", "workspace of the triple small",
        [](auto &t) { t.workspace_size = 8; }, NF_WORKSPACE_TOO_SMALL, "workspace_size is 8, expected at least"),
    // overlap
    given(
        kTrain, "y begins in x", [](auto &t) { t.y = shifted(t.x, 4 * (120 - 1)); }, NF_OVERLAP, "y overlaps x"),
    given(
        kTrain, "y is one element past x", [](auto &t) { t.y = shifted(t.x, 4); }, NF_OVERLAP, "y overlaps x"),
    given(
        kTrainAdd, "y is residual", [](auto &t) { t.y = same(t.residual); }, NF_OVERLAP, "y overlaps residual"),
    given(
        kTrainAdd, "y is x and residual", [](auto &t) { t.y = same(t.x), t.residual = t.x; }, NF_OVERLAP,
        "y overlaps residual"),
    given(
        kTrain, "gamma in y", [](auto &t) { t.gamma.data = t.y; }, NF_OVERLAP, "y overlaps gamma"),
    given(
        kTrain, "running_mean is running_variance", [](auto &t) { t.running_mean = t.running_variance; }, NF_OVERLAP,
        "running_variance overlaps running_mean"),
    given(
        kTrain, "running_mean is saved_mean", [](auto &t) { t.running_mean = t.saved_mean; }, NF_OVERLAP,
        "running_mean overlaps saved_mean"),
    given(
        kTrain, "running_variance is beta", [](auto &t) { t.running_variance = t.beta; }, NF_OVERLAP,
        "running_variance overlaps beta"),
    given(
        "forward_inference:f32:nchw:2x3x5x4:none:strides=-60x20x4x1", "y in reversed x",
        [](auto &t) { t.y = shifted(t.x, -4 * 60); }, NF_OVERLAP, "y overlaps x"),
    given(
        kInfer, "running_mean in y", [](auto &t) { t.running_mean.data = t.y; }, NF_OVERLAP, "y overlaps running_mean"),
    given(
        kApply, "y is residual", [](auto &t) { t.y = same(t.residual); }, NF_OVERLAP, "y overlaps residual"),
    given(
        kBack, "dx is x", [](auto &t) { t.dx = same(t.x); }, NF_OVERLAP, "dx overlaps x"),
    given(
        "backward_train:f32:nchw:2x3x5x4:none:grad=aww", "dx, added to, is dy", [](auto &t) { t.dx = same(t.dy); },
        NF_OVERLAP, "dx overlaps dy"),
    given(
        kBack, "dx ends in dy", [](auto &t) { t.dx = shifted(t.dy, -4 * (120 - 1)); }, NF_OVERLAP, "dx overlaps dy"),
    given(
        kBackAdd, "dresidual is dy", [](auto &t) { t.dresidual = same(t.dy); }, NF_OVERLAP, "dresidual overlaps dy"),
    given(
        kBackAdd, "dresidual is dx", [](auto &t) { t.dresidual = t.dx; }, NF_OVERLAP, "dresidual overlaps dx"),
    given(
        kBackAdd, "dx is y", [](auto &t) { t.dx = t.y; }, NF_OVERLAP, "dx overlaps y"),
    given(
        kResidual, "dresidual is y", [](auto &t) { t.dresidual = t.y; }, NF_OVERLAP, "dresidual overlaps y"),
    given(
        kBack, "dgamma is dbeta", [](auto &t) { t.dgamma.data = t.dbeta.data; }, NF_OVERLAP, "dbeta overlaps dgamma"),
    given(
        kBack, "dgamma in dx", [](auto &t) { t.dgamma.data = shifted(t.dx, 4); }, NF_OVERLAP, "overlaps"),
    given(
        kBack, "dgamma is saved_mean", [](auto &t) { t.dgamma.data = t.saved_mean.data; }, NF_OVERLAP,
        "dgamma overlaps saved_mean"),
    given(
        kFrozen, "dgamma is running_mean", [](auto &t) { t.dgamma = t.running_mean; }, NF_OVERLAP,
        "dgamma overlaps running_mean"),
    given(
        kStats, "triples in x", [](auto &t) { t.triples.data = same(t.x); }, NF_OVERLAP, "triples overlaps x"),
    given(
        kMerge, "merged in triples", [](auto &t) { t.merged.data = shifted(t.triples.data, 8); }, NF_OVERLAP,
        "merged overlaps triples"),
    given(
        kBackMerge, "merged is dgamma", [](auto &t) { t.merged.data = shifted(t.triples.data, 8 * 17); }, NF_OVERLAP,
        "merged overlaps triples"),
    given(
        kTrain, "workspace in x", [](auto &t) { t.workspace = same(t.x); }, NF_OVERLAP, "workspace overlaps x"),
};

} // namespace

TEST_CASE("bad input is refused with a status and a text, and no byte changes") {
    register_fakes();
    STATIC_REQUIRE(std::size(kBadInputs) >= 120);
    for (const BadInput &row : kBadInputs) {
        INFO(row.problem << ", " << row.what);
        Run run(row.problem);
        if (row.give) row.give(run.memory.tensors);
        const std::string before = run.memory.bytes();
        if (row.describe) {
            nf_description d = run.description;
            row.describe(d);
            nf_plan *plan = reinterpret_cast<nf_plan *>(&d);
            CHECK(nf_plan_create(&d, &plan) == row.status);
            CHECK(plan == nullptr);
        } else {
            CHECK(run.execute() == row.status);
            CHECK(fake_runs.empty());
        }
        CHECK_THAT(nf_last_error(), Catch::Contains(row.says));
        CHECK((run.memory.bytes() == before)); // in parentheses: bytes are not for printing
    }
}

TEST_CASE("the calls that the rows above spoil are good") {
    register_fakes();
    for (const BadInput &row : kBadInputs) {
        INFO(row.problem);
        CHECK(Run(row.problem).execute() == NF_SUCCESS);
    }
}

TEST_CASE("a negative count of batches is refused where it is used") {
    register_fakes();
    nf_description d = parse_problem(kTrain).description;
    for (const nf_average average : {NF_AVERAGE_EXPONENTIAL, NF_AVERAGE_CUMULATIVE}) {
        d.average = average;
        Run run(d);
        run.memory.tensors.batches_averaged = -1;
        const std::string before = run.memory.bytes();
        CHECK(run.execute() == (average == NF_AVERAGE_CUMULATIVE ? NF_INVALID_ARGUMENT : NF_SUCCESS));
        CHECK((run.memory.bytes() == before) == (average == NF_AVERAGE_CUMULATIVE));
    }
    CHECK(std::string(nf_last_error()) == "batches_averaged is -1, expected 0 or more");
}

TEST_CASE("null arguments are refused") {
    register_fakes();
    nf_description d = parse_problem(kBack).description;
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(nullptr, &plan) == NF_NULL_POINTER);
    CHECK(nf_plan_create(&d, nullptr) == NF_NULL_POINTER);
    CHECK(nf_description_init(nullptr, NF_FORWARD_TRAIN) == NF_NULL_POINTER);
    CHECK(nf_tensors_init(nullptr) == NF_NULL_POINTER);
    nf_tensors tensors;
    REQUIRE(nf_tensors_init(&tensors) == NF_SUCCESS);
    CHECK(nf_plan_execute(nullptr, &tensors) == NF_NULL_POINTER);
    const PlanOwner good(d);
    CHECK(nf_plan_execute(good.get(), nullptr) == NF_NULL_POINTER);
    CHECK(nf_plan_workspace_size(nullptr) == 0);
    CHECK(std::string(nf_plan_variant(nullptr)).empty());
    CHECK(std::string(nf_plan_describe(nullptr)).empty());
    nf_plan_destroy(nullptr);
}
