// SPDX-License-Identifier: MIT
// Bad input, one row each: the status, what the text says, and that no byte of any output changed.
#include "runtime/operands.h"
#include "tests/unit/fake_kernels.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

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

struct BadDescription {
    const char *what;
    std::function<void(nf_description &)> spoil;
    nf_status status;
    const char *says;
};

const BadDescription kBadDescriptions[] = {
    {"struct_size 0", [](auto &d) { d.struct_size = 0; }, NF_INVALID_ARGUMENT, "nf_description.struct_size is 0"},
    {"struct_size large", [](auto &d) { d.struct_size += 8; }, NF_INVALID_ARGUMENT, "struct_size"},
    {"op", [](auto &d) { set_raw(d.op, 77); }, NF_INVALID_ARGUMENT,
     "op is 77, which is no enumerator; choices: forward_train"},
    {"epilogue", [](auto &d) { set_raw(d.epilogue, -1); }, NF_INVALID_ARGUMENT, "epilogue is -1"},
    {"store", [](auto &d) { set_raw(d.store, 3); }, NF_INVALID_ARGUMENT, "store is 3"},
    {"x.dtype", [](auto &d) { set_raw(d.x.dtype, 9); }, NF_INVALID_ARGUMENT, "x.dtype is 9"},
    {"dy.dtype", [](auto &d) { d.dy = d.x, set_raw(d.dy.dtype, 1); }, NF_TYPE_MISMATCH, "dy.dtype is 1, x.dtype is f32"},
    {"x.rank 0", [](auto &d) { d.x.rank = 0; }, NF_INVALID_ARGUMENT, "x.rank is 0, expected 1 to 8"},
    {"x.rank 9", [](auto &d) { d.x.rank = 9; }, NF_INVALID_ARGUMENT, "x.rank is 9, expected 1 to 8"},
    {"dx.rank -1", [](auto &d) { d.dx.rank = -1; }, NF_INVALID_ARGUMENT, "dx.rank is -1, expected 0 to 8"},
    {"dx.rank differs", [](auto &d) { d.dx = d.x, d.dx.rank = 3; }, NF_SHAPE_MISMATCH, "dx.rank is 3, x.rank is 4"},
    {"dx.extents differ", [](auto &d) { d.dx = d.x, d.dx.extents[2] = 6; }, NF_SHAPE_MISMATCH,
     "dx.extents are 2x3x6x4, x.extents"},
    {"negative extent", [](auto &d) { d.x.extents[1] = -3; }, NF_INVALID_ARGUMENT, "x.extents[1] is -3"},
    {"negative stride", [](auto &d) { d.x.strides[0] = -60; }, NF_UNSUPPORTED_STRIDES, "axis 0 (extent 2, stride -60)"},
    {"zero stride among others", [](auto &d) { d.x.strides[3] = 1; }, NF_UNSUPPORTED_STRIDES, "expected a positive stride"},
    {"strides that do not merge", [](auto &d) { set(d.x.strides, {96, 32, 8, 1}); }, NF_UNSUPPORTED_STRIDES,
     "axis 2 (extent 5, stride 8) and axis 3"},
    {"other layout in dx", [](auto &d) { d.dx = d.x, set(d.dx.strides, {60, 1, 12, 3}); }, NF_UNSUPPORTED_STRIDES,
     "in every tensor"},
    {"no contiguous axis", [](auto &d) { set(d.x.strides, {120, 40, 8, 2}); }, NF_UNSUPPORTED_STRIDES, "in every tensor"},
    {"output overlaps itself", [](auto &d) { d.dx = d.x, set(d.dx.strides, {20, 20, 4, 1}); }, NF_UNSUPPORTED_STRIDES,
     "share memory"},
    {"elements over 2^63", [](auto &d) { std::fill_n(d.x.extents, 4, int64_t{1} << 31); }, NF_OVERFLOW, "63 bits"},
    {"all tensors over 2^63", [](auto &d) { set(d.x.extents, {int64_t{1} << 30, int64_t{1} << 30, 1, 1}); }, NF_OVERFLOW,
     "the tensors together"},
    {"axis 4", [](auto &d) { d.axis = 4; }, NF_INVALID_ARGUMENT, "axis is 4, expected -4 to 3"},
    {"axis -5", [](auto &d) { d.axis = -5; }, NF_INVALID_ARGUMENT, "axis is -5"},
    {"eps negative", [](auto &d) { d.eps = -1e-9; }, NF_INVALID_ARGUMENT, "eps is -1e-09"},
    {"eps NaN", [](auto &d) { d.eps = kNan; }, NF_INVALID_ARGUMENT, "eps is nan"},
    {"eps infinite", [](auto &d) { d.eps = kInfinity; }, NF_INVALID_ARGUMENT, "eps is inf"},
    {"momentum below 0", [](auto &d) { d.momentum = -0.1; }, NF_INVALID_ARGUMENT, "momentum is -0.1, expected 0 to 1"},
    {"momentum above 1", [](auto &d) { d.momentum = 1.5; }, NF_INVALID_ARGUMENT, "momentum is 1.5"},
    {"momentum NaN", [](auto &d) { d.momentum = kNan; }, NF_INVALID_ARGUMENT, "momentum is nan"},
    {"threads negative", [](auto &d) { d.threads = -1; }, NF_INVALID_ARGUMENT, "threads is -1"},
    {"threads over 1024", [](auto &d) { d.threads = 1025; }, NF_INVALID_ARGUMENT, "threads is 1025"},
    {"unknown variant", [](auto &d) { d.variant = "nf_nonsense"; }, NF_UNKNOWN_VARIANT,
     "variant \"nf_nonsense\" is not registered; variants that serve this problem: backward_planes"},
    {"variant of another op", [](auto &d) { d.variant = "inference_planes"; }, NF_NO_VARIANT,
     "its op is forward_inference, the problem's is backward_train; variants that do: backward_planes"},
    {"index beyond 32 bits", [](auto &d) { d.x.extents[0] = int64_t{1} << 26; }, NF_NO_VARIANT, "2147483647"},
};

/// A problem of 120 elements in 3 channels, whose operands all exist: 2x3x5x4, or where the fake kernel is of the last form
/// with ReLU, 2x5x4x3.
nf_description good_description(nf_op op = NF_BACKWARD_TRAIN) {
    nf_description d;
    REQUIRE(nf_description_init(&d, op) == NF_SUCCESS);
    d.x.rank = 4;
    set(d.x.extents, {2, 3, 5, 4});
    if (op == NF_FORWARD_TRAIN) {
        set(d.x.extents, {2, 5, 4, 3});
        d.axis = 3;
        d.epilogue = NF_EPILOGUE_RELU;
    }
    return d;
}

/// Memory for all operands of good_description(), those its op ignores included.
struct Operands {
    static constexpr size_t kElements = 120, kChannels = 3;
    alignas(64) unsigned char workspace[4096];
    alignas(64) float x[kElements]; // aligned to serve as a workspace, which must then be refused for another reason
    float others[3][kElements], channels[9][kChannels];
    nf_tensors tensors;

    explicit Operands(const nf_plan *plan) {
        std::memset(workspace, 0xab, sizeof workspace);
        std::fill_n(x, kElements, 3.0f);
        std::fill_n(others[0], 3 * kElements, 4.0f);
        std::fill_n(channels[0], 9 * kChannels, 5.0f);
        REQUIRE(nf_tensors_init(&tensors) == NF_SUCCESS);
        tensors.x = x;
        tensors.y = others[0];
        tensors.dy = others[1];
        tensors.dx = others[2];
        nf_channels *const arrays[9] = {
            &tensors.gamma,        &tensors.beta,         &tensors.saved_mean,       &tensors.saved_variance,
            &tensors.saved_invstd, &tensors.running_mean, &tensors.running_variance, &tensors.dgamma,
            &tensors.dbeta};
        for (int i = 0; i < 9; ++i) *arrays[i] = {channels[i], kChannels};
        tensors.workspace = workspace;
        tensors.workspace_size = nf_plan_workspace_size(plan);
    }

    /// Every byte there is: all that an execution could write, and the inputs.
    std::string bytes() const {
        const auto text = [](const auto &array) { return std::string(reinterpret_cast<const char *>(array), sizeof array); };
        return text(workspace) + text(x) + text(others) + text(channels);
    }

    std::string bytes_of(const normforge::Operand &operand) const {
        const size_t count = operand.per_channel() ? kChannels : kElements;
        return {static_cast<const char *>(operand.pointer(tensors)), count * sizeof(float)};
    }
};

template <class T>
T *shifted(T *pointer, ptrdiff_t bytes) {
    return reinterpret_cast<T *>(reinterpret_cast<unsigned char *>(const_cast<void *>(static_cast<const void *>(pointer))) +
                                 bytes);
}

struct BadTensors {
    nf_op op;
    const char *what;
    std::function<void(nf_tensors &)> spoil;
    nf_status status;
    const char *says;
};

const BadTensors kBadTensors[] = {
    {NF_BACKWARD_TRAIN, "struct_size", [](auto &t) { t.struct_size = 1; }, NF_INVALID_ARGUMENT,
     "nf_tensors.struct_size is 1"},
    {NF_BACKWARD_TRAIN, "x null", [](auto &t) { t.x = nullptr; }, NF_NULL_POINTER, "x is null, backward_train needs it"},
    {NF_BACKWARD_TRAIN, "dy null", [](auto &t) { t.dy = nullptr; }, NF_NULL_POINTER, "dy is null"},
    {NF_BACKWARD_TRAIN, "dx null", [](auto &t) { t.dx = nullptr; }, NF_NULL_POINTER, "dx is null"},
    {NF_BACKWARD_TRAIN, "saved_mean null", [](auto &t) { t.saved_mean.data = nullptr; }, NF_NULL_POINTER,
     "saved_mean.data is null"},
    {NF_BACKWARD_TRAIN, "saved_invstd null", [](auto &t) { t.saved_invstd.data = nullptr; }, NF_NULL_POINTER,
     "saved_invstd.data is null"},
    {NF_BACKWARD_TRAIN, "workspace null", [](auto &t) { t.workspace = nullptr; }, NF_NULL_POINTER, "workspace is null"},
    {NF_BACKWARD_TRAIN, "x misaligned", [](auto &t) { t.x = shifted(t.x, 2); }, NF_MISALIGNED, "x is 2 bytes past"},
    {NF_BACKWARD_TRAIN, "dx misaligned", [](auto &t) { t.dx = shifted(t.dx, 1); }, NF_MISALIGNED, "dx is 1 bytes past"},
    {NF_BACKWARD_TRAIN, "gamma misaligned", [](auto &t) { t.gamma.data = shifted(t.gamma.data, 3); }, NF_MISALIGNED,
     "gamma.data is 3 bytes"},
    {NF_BACKWARD_TRAIN, "workspace misaligned", [](auto &t) { t.workspace = shifted(t.workspace, 4); }, NF_MISALIGNED,
     "workspace is 4 bytes past"},
    {NF_BACKWARD_TRAIN, "workspace small", [](auto &t) { --t.workspace_size; }, NF_WORKSPACE_TOO_SMALL, "expected at least"},
    {NF_BACKWARD_TRAIN, "gamma length", [](auto &t) { t.gamma.length = 2; }, NF_SHAPE_MISMATCH,
     "gamma.length is 2, expected the number of channels, 3"},
    {NF_BACKWARD_TRAIN, "beta length", [](auto &t) { t.beta.length = 4; }, NF_SHAPE_MISMATCH, "beta.length is 4"},
    {NF_BACKWARD_TRAIN, "saved_mean length", [](auto &t) { t.saved_mean.length = 0; }, NF_SHAPE_MISMATCH,
     "saved_mean.length is 0"},
    {NF_BACKWARD_TRAIN, "saved_invstd length", [](auto &t) { t.saved_invstd.length = -3; }, NF_SHAPE_MISMATCH,
     "saved_invstd.length is -3"},
    {NF_BACKWARD_TRAIN, "dgamma length", [](auto &t) { t.dgamma.length = 1; }, NF_SHAPE_MISMATCH, "dgamma.length is 1"},
    {NF_BACKWARD_TRAIN, "dx is x", [](auto &t) { t.dx = const_cast<void *>(t.x); }, NF_OVERLAP, "dx overlaps x"},
    {NF_BACKWARD_TRAIN, "dx is dy", [](auto &t) { t.dx = const_cast<void *>(t.dy); }, NF_OVERLAP, "dx overlaps dy"},
    {NF_BACKWARD_TRAIN, "dx ends in x", [](auto &t) { t.dx = shifted(const_cast<void *>(t.x), 4 * (120 - 1)); }, NF_OVERLAP,
     "dx overlaps x"},
    {NF_BACKWARD_TRAIN, "dgamma is dbeta", [](auto &t) { t.dgamma.data = t.dbeta.data; }, NF_OVERLAP,
     "dbeta overlaps dgamma"},
    {NF_BACKWARD_TRAIN, "dgamma in dx", [](auto &t) { t.dgamma.data = shifted(t.dx, 4); }, NF_OVERLAP, "overlaps"},
    {NF_BACKWARD_TRAIN, "dgamma is saved_mean", [](auto &t) { t.dgamma.data = t.saved_mean.data; }, NF_OVERLAP,
     "dgamma overlaps saved_mean"},
    {NF_BACKWARD_TRAIN, "workspace in x", [](auto &t) { t.workspace = const_cast<void *>(t.x); }, NF_OVERLAP,
     "workspace overlaps x"},
    {NF_FORWARD_TRAIN, "x null", [](auto &t) { t.x = nullptr; }, NF_NULL_POINTER, "x is null, forward_train needs it"},
    {NF_FORWARD_TRAIN, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER, "y is null, forward_train needs it"},
    {NF_FORWARD_TRAIN, "y misaligned", [](auto &t) { t.y = shifted(t.y, 2); }, NF_MISALIGNED, "y is 2 bytes past"},
    {NF_FORWARD_TRAIN, "running_mean misaligned", [](auto &t) { t.running_mean.data = shifted(t.running_mean.data, 1); },
     NF_MISALIGNED, "running_mean.data is 1 bytes past"},
    {NF_FORWARD_TRAIN, "running_mean length", [](auto &t) { t.running_mean.length = 2; }, NF_SHAPE_MISMATCH,
     "running_mean.length is 2, expected the number of channels, 3"},
    {NF_FORWARD_TRAIN, "running_variance length", [](auto &t) { t.running_variance.length = 0; }, NF_SHAPE_MISMATCH,
     "running_variance.length is 0"},
    {NF_FORWARD_TRAIN, "saved_mean length", [](auto &t) { t.saved_mean.length = 4; }, NF_SHAPE_MISMATCH,
     "saved_mean.length is 4"},
    {NF_FORWARD_TRAIN, "saved_variance length", [](auto &t) { t.saved_variance.length = -1; }, NF_SHAPE_MISMATCH,
     "saved_variance.length is -1"},
    {NF_FORWARD_TRAIN, "saved_invstd length", [](auto &t) { t.saved_invstd.length = 1; }, NF_SHAPE_MISMATCH,
     "saved_invstd.length is 1"},
    {NF_FORWARD_TRAIN, "y is x", [](auto &t) { t.y = const_cast<void *>(t.x); }, NF_OVERLAP, "y overlaps x"},
    {NF_FORWARD_TRAIN, "y begins in x", [](auto &t) { t.y = shifted(const_cast<void *>(t.x), 4 * (120 - 1)); }, NF_OVERLAP,
     "y overlaps x"},
    {NF_FORWARD_TRAIN, "gamma in y", [](auto &t) { t.gamma.data = t.y; }, NF_OVERLAP, "y overlaps gamma"},
    {NF_FORWARD_TRAIN, "running_mean is running_variance", [](auto &t) { t.running_mean = t.running_variance; }, NF_OVERLAP,
     "running_variance overlaps running_mean"},
    {NF_FORWARD_TRAIN, "running_mean is saved_mean", [](auto &t) { t.running_mean = t.saved_mean; }, NF_OVERLAP,
     "running_mean overlaps saved_mean"},
    {NF_FORWARD_TRAIN, "running_variance is beta", [](auto &t) { t.running_variance = t.beta; }, NF_OVERLAP,
     "running_variance overlaps beta"},
    {NF_FORWARD_TRAIN, "workspace small", [](auto &t) { --t.workspace_size; }, NF_WORKSPACE_TOO_SMALL, "expected at least"},
    {NF_FORWARD_INFERENCE, "y null", [](auto &t) { t.y = nullptr; }, NF_NULL_POINTER, "y is null, forward_inference"},
    {NF_FORWARD_INFERENCE, "running_mean null", [](auto &t) { t.running_mean.data = nullptr; }, NF_NULL_POINTER,
     "running_mean.data is null, forward_inference needs it"},
    {NF_FORWARD_INFERENCE, "running_variance null", [](auto &t) { t.running_variance.data = nullptr; }, NF_NULL_POINTER,
     "running_variance.data is null"},
    {NF_FORWARD_INFERENCE, "running_mean length", [](auto &t) { t.running_mean.length = 4; }, NF_SHAPE_MISMATCH,
     "running_mean.length is 4"},
    {NF_FORWARD_INFERENCE, "running_variance length", [](auto &t) { t.running_variance.length = 2; }, NF_SHAPE_MISMATCH,
     "running_variance.length is 2"},
    {NF_FORWARD_INFERENCE, "y is x", [](auto &t) { t.y = const_cast<void *>(t.x); }, NF_OVERLAP, "y overlaps x"},
    {NF_FORWARD_INFERENCE, "running_mean in y", [](auto &t) { t.running_mean.data = t.y; }, NF_OVERLAP,
     "y overlaps running_mean"},
    {NF_BACKWARD_FROZEN, "dx null", [](auto &t) { t.dx = nullptr; }, NF_NULL_POINTER, "dx is null, backward_frozen"},
    {NF_BACKWARD_FROZEN, "running_mean null", [](auto &t) { t.running_mean.data = nullptr; }, NF_NULL_POINTER,
     "running_mean.data is null, backward_frozen needs it"},
    {NF_BACKWARD_FROZEN, "running_variance length", [](auto &t) { t.running_variance.length = 2; }, NF_SHAPE_MISMATCH,
     "running_variance.length is 2"},
    {NF_BACKWARD_FROZEN, "dgamma is running_mean", [](auto &t) { t.dgamma = t.running_mean; }, NF_OVERLAP,
     "dgamma overlaps running_mean"},
};

} // namespace

TEST_CASE("bad descriptions are refused with a status and a text") {
    register_fakes();
    for (const BadDescription &row : kBadDescriptions) {
        INFO(row.what);
        nf_description d = good_description();
        row.spoil(d);
        nf_plan *plan = reinterpret_cast<nf_plan *>(&d);
        CHECK(nf_plan_create(&d, &plan) == row.status);
        CHECK(plan == nullptr);
        CHECK_THAT(nf_last_error(), Catch::Contains(row.says));
    }
}

TEST_CASE("null arguments are refused") {
    register_fakes();
    nf_description d = good_description();
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

TEST_CASE("bad tensors are refused and nothing is written") {
    register_fakes();
    for (const BadTensors &row : kBadTensors) {
        INFO("op " << row.op << ", " << row.what);
        const PlanOwner plan(good_description(row.op));
        Operands operands(plan.get());
        row.spoil(operands.tensors);
        const std::string before = operands.bytes();
        CHECK(nf_plan_execute(plan.get(), &operands.tensors) == row.status);
        CHECK_THAT(nf_last_error(), Catch::Contains(row.says));
        CHECK((operands.bytes() == before)); // in parentheses: bytes are not for printing
    }
}

TEST_CASE("good tensors run, every output changes, and optional operands may be absent") {
    register_fakes();
    const nf_op op = GENERATE(NF_FORWARD_TRAIN, NF_FORWARD_INFERENCE, NF_BACKWARD_TRAIN, NF_BACKWARD_FROZEN);
    INFO("op " << op);
    const PlanOwner plan(good_description(op));
    Operands operands(plan.get());
    std::vector<std::string> before;
    for (const normforge::Operand &operand : normforge::kOperands) before.push_back(operands.bytes_of(operand));
    CHECK(nf_plan_execute(plan.get(), &operands.tensors) == NF_SUCCESS);
    for (size_t i = 0; i < before.size(); ++i) { // what the rows above compare does change
        const normforge::Operand &operand = normforge::kOperands[i];
        INFO(operand.name);
        CHECK((operands.bytes_of(operand) != before[i]) == operand.in(op).writes());
    }
    for (const normforge::Operand &operand : normforge::kOperands)
        if (operand.in(op).optional())
            std::memset(reinterpret_cast<char *>(&operands.tensors) + operand.offset, 0, sizeof(void *));
    CHECK(nf_plan_execute(plan.get(), &operands.tensors) == NF_SUCCESS);
}

TEST_CASE("outputs in the gaps of another operand overlap it, and the text says by what measure") {
    register_fakes();
    nf_description d = good_description();
    set(d.x.strides, {120, 20, 4, 1}); // the first 3 of a buffer's 6 channels
    d.dx = d.x;
    const PlanOwner plan(d);
    Operands operands(plan.get());
    alignas(64) float buffer[240] = {};
    operands.tensors.x = buffer;
    operands.tensors.dx = buffer + 60;
    CHECK(nf_plan_execute(plan.get(), &operands.tensors) == NF_OVERLAP);
    CHECK_THAT(nf_last_error(), Catch::Contains("dx overlaps x, each taken from its first to its last byte"));
}

TEST_CASE("inputs may share memory with each other") {
    register_fakes();
    const PlanOwner plan(good_description());
    Operands operands(plan.get());
    operands.tensors.dy = operands.tensors.x;
    operands.tensors.saved_invstd = operands.tensors.saved_mean;
    operands.tensors.beta = operands.tensors.gamma;
    CHECK(nf_plan_execute(plan.get(), &operands.tensors) == NF_SUCCESS);
}

TEST_CASE("unused operands are ignored, whatever they hold") {
    register_fakes();
    nf_description d = good_description();
    d.y.rank = 77;
    set_raw(d.y.dtype, 5);
    const PlanOwner plan(d);
    Operands operands(plan.get());
    operands.tensors.y = shifted(const_cast<void *>(operands.tensors.x), 1);
    operands.tensors.running_mean = {operands.tensors.dx, -7};
    CHECK(nf_plan_execute(plan.get(), &operands.tensors) == NF_SUCCESS);
}
