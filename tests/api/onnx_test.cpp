// SPDX-License-Identifier: MIT
// ONNX's BatchNormalization as descriptions: types, opsets and both modes, run on exact numbers, and everything refused.
#include "runtime/names.h"
#include "tests/support/number.h"
#include <catch2/catch.hpp>
#include <normforge/normforge.hpp>
#include <normforge/onnx.h>
#include <stats64.h>

using namespace normforge;
using normforge::testing::Values;

namespace {

/// X of shape (2, 2, 1, 2): channel 0 with mean 5 and variance 16, channel 1 with mean -1 and variance 4. eps 0, so that
/// results are exact in every type; momentum 0.5.
nf_onnx_node small_node(int32_t opset, nf_dtype T = NF_F32, nf_dtype T1 = NF_F32, nf_dtype T2 = NF_F32) {
    nf_onnx_node node;
    check(nf_onnx_node_init(&node, opset));
    node.epsilon = 0;
    node.momentum = 0.5F;
    node.T = T;
    node.T1 = T1;
    node.T2 = T2;
    node.rank = 4;
    std::copy_n(std::initializer_list<int64_t>{2, 2, 1, 2}.begin(), 4, node.extents);
    return node;
}
const Values kX = {1, 9, -3, 1, 1, 9, -3, 1};

/// An array of any element type.
class Memory {
public:
    Memory(nf_dtype dtype, const Values &values) : dtype_(dtype), bytes_(values.size() * size()) {
        for (size_t i = 0; i < values.size(); ++i) testing::store(dtype, &bytes_[i * size()], values[i]);
    }

    void *data() { return bytes_.data(); }
    nf_channels channels() { return {data(), static_cast<int64_t>(bytes_.size() / size())}; }

    Values values() const {
        Values result;
        for (size_t at = 0; at < bytes_.size(); at += size()) result.push_back(testing::load(dtype_, &bytes_[at]));
        return result;
    }

private:
    size_t size() const { return static_cast<size_t>(testing::precision_of(dtype_).bytes); }

    nf_dtype dtype_;
    std::vector<std::byte> bytes_;
};

struct Outputs {
    Values y, running_mean, running_variance;
};

/// Runs a node whose X has the elements of kX, as onnx.h says: in training the inputs are copied to the outputs first.
Outputs run(const nf_onnx_node &node, const Values &scale, const Values &b, const Values &input_mean,
            const Values &input_var) {
    check(nf_register(&nf_kernels_stats64)); // f64 statistics are compiled on demand
    nf_description description;
    check(nf_onnx_describe(&node, &description));
    const Plan plan(description);
    const Workspace workspace(plan);
    Memory x(node.T, kX), y(node.T, Values(kX.size(), 0)), gamma(node.T1, scale), beta(node.T1, b);
    Memory mean(node.T2, input_mean), variance(node.T2, input_var);
    Memory running_mean = mean, running_variance = variance;
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.gamma = gamma.channels();
    tensors.beta = beta.channels();
    tensors.running_mean = running_mean.channels();
    tensors.running_variance = running_variance.channels();
    plan.execute(tensors);
    CHECK(mean.values() == input_mean);
    CHECK(variance.values() == input_var);
    return {y.values(), running_mean.values(), running_variance.values()};
}

Outputs run(const nf_onnx_node &node) {
    return run(node, {4, 2}, {10, 20}, {1, -3}, {4, 16});
}

/// Whether normforge.h says that these types run together.
bool runs(nf_dtype T, nf_dtype T1, nf_dtype T2) {
    if (T == NF_F64) return T1 == NF_F64 && T2 == NF_F64;
    return T1 == NF_F32 && (T2 == NF_F32 || T2 == NF_F64);
}

} // namespace

TEST_CASE("onnx: a node begins with ONNX's defaults") {
    nf_onnx_node node;
    REQUIRE(nf_onnx_node_init(&node, 15) == NF_SUCCESS);
    CHECK(node.struct_size == sizeof node);
    CHECK(node.opset == 15);
    CHECK(node.training_mode == 0);
    CHECK(node.spatial == 1);
    CHECK(node.epsilon == 1e-5F);
    CHECK(node.momentum == 0.9F);
    CHECK(node.T == NF_F32);
}

TEST_CASE("onnx: each of opset 15's 64 combinations of types is run or refused by name") {
    int run_count = 0;
    for (nf_dtype T : {NF_F32, NF_F64, NF_F16, NF_BF16})
        for (nf_dtype T1 : {NF_F32, NF_F64, NF_F16, NF_BF16})
            for (nf_dtype T2 : {NF_F32, NF_F64, NF_F16, NF_BF16}) {
                INFO("T " << name_of(T) << ", T1 " << name_of(T1) << ", T2 " << name_of(T2));
                nf_onnx_node node = small_node(15, T, T1, T2);
                if (runs(T, T1, T2)) {
                    CHECK(run(node).y == Values{10, 26, 20, 22, 10, 26, 20, 22});
                    node.training_mode = 1;
                    CHECK(run(node).y == Values{6, 14, 18, 22, 6, 14, 18, 22});
                    ++run_count;
                    continue;
                }
                nf_description description;
                CHECK(nf_onnx_describe(&node, &description) == NF_TYPE_MISMATCH);
                const bool parameters = T1 != (T == NF_F64 ? NF_F64 : NF_F32);
                CHECK_THAT(nf_last_error(), Catch::Contains(std::string("X (T) is ") + name_of(T)));
                CHECK_THAT(nf_last_error(), Catch::Contains(parameters ? std::string("scale, B (T1) is ") + name_of(T1)
                                                                       : std::string("input_var (T2) is ") + name_of(T2)));
            }
    CHECK(run_count == 7);
}

TEST_CASE("onnx: training has running statistics as outputs of their own, from the biased variance") {
    for (int32_t opset : {14, 15, 22}) {
        nf_onnx_node node = small_node(opset);
        node.training_mode = 1;
        const Outputs outputs = run(node); // checks that the inputs stay as they are
        CHECK(outputs.y == Values{6, 14, 18, 22, 6, 14, 18, 22});
        CHECK(outputs.running_mean == Values{3, -2});
        CHECK(outputs.running_variance == Values{10, 10});
    }
}

TEST_CASE("onnx: inference from opset 7 on") {
    for (int32_t opset : {7, 8, 9, 13, 14, 15, 22}) {
        const Outputs outputs = run(small_node(opset));
        CHECK(outputs.y == Values{10, 26, 20, 22, 10, 26, 20, 22});
        CHECK(outputs.running_mean == Values{1, -3});
    }
    CHECK(run(small_node(7, NF_F64, NF_F64, NF_F64)).y == Values{10, 26, 20, 22, 10, 26, 20, 22});
}

TEST_CASE("onnx: X of rank 1 is one channel, and spatial 0 makes every position one") {
    nf_onnx_node node = small_node(9);
    node.rank = 1;
    node.extents[0] = 8;
    CHECK(run(node, {2}, {10}, {1}, {4}).y == Values{10, 18, 6, 10, 10, 18, 6, 10});

    nf_onnx_node positions = small_node(8);
    positions.spatial = 0;
    CHECK(run(positions, {1, 2, 3, 4}, {0, 0, 0, 5}, {1, 9, -3, 0}, {1, 1, 1, 1}).y == Values{0, 0, 0, 9, 0, 0, 0, 9});
}

TEST_CASE("onnx: what a node must not be is refused, and the description stays as it was") {
    struct Row {
        const char *name;
        int32_t opset;
        void (*change)(nf_onnx_node &node);
        nf_status status;
        const char *text;
    };
    // clang-format off: one row per wrong argument
    const Row rows[] = {
        {"struct_size",      15, [](nf_onnx_node &n) { n.struct_size = 3; }, NF_INVALID_ARGUMENT, "nf_onnx_node.struct_size is 3"},
        {"opset before 7",    6, [](nf_onnx_node &) {}, NF_INVALID_ARGUMENT, "opset is 6, expected 7 or more"},
        {"training_mode 2",  15, [](nf_onnx_node &n) { n.training_mode = 2; }, NF_INVALID_ARGUMENT, "training_mode is 2, expected 0 or 1"},
        {"training_mode -1", 14, [](nf_onnx_node &n) { n.training_mode = -1; }, NF_INVALID_ARGUMENT, "training_mode is -1"},
        {"training before",  13, [](nf_onnx_node &n) { n.training_mode = 1; }, NF_INVALID_ARGUMENT, "before opset 14; this is opset 13"},
        {"spatial 2",         7, [](nf_onnx_node &n) { n.spatial = 2; }, NF_INVALID_ARGUMENT, "spatial is 2, expected 1 or 0"},
        {"spatial 0 later",   9, [](nf_onnx_node &n) { n.spatial = 0; }, NF_INVALID_ARGUMENT, "spatial is 0, expected 1 from opset 9 on"},
        {"rank 0",           15, [](nf_onnx_node &n) { n.rank = 0; }, NF_INVALID_ARGUMENT, "rank of X is 0, expected 1 to 8"},
        {"rank 9",           15, [](nf_onnx_node &n) { n.rank = 9; }, NF_INVALID_ARGUMENT, "rank of X is 9"},
        {"rank 1 in 8",       8, [](nf_onnx_node &n) { n.rank = 1; }, NF_INVALID_ARGUMENT, "rank of X is 1, expected 2 to 8 in opset 8"},
        {"negative extent",  15, [](nf_onnx_node &n) { n.extents[1] = -2; }, NF_INVALID_ARGUMENT, "extents[1] is -2"},
        {"too many channels", 7, [](nf_onnx_node &n) { n.spatial = 0, n.extents[1] = n.extents[3] = INT64_MAX / 2; }, NF_OVERFLOW, "channels"},
        {"T",                15, [](nf_onnx_node &n) { n.T = static_cast<nf_dtype>(9); }, NF_INVALID_ARGUMENT, "T is 9, which is no enumerator"},
        {"T1",               15, [](nf_onnx_node &n) { n.T1 = static_cast<nf_dtype>(-1); }, NF_INVALID_ARGUMENT, "T1 is -1"},
        {"T2",               15, [](nf_onnx_node &n) { n.T2 = static_cast<nf_dtype>(4); }, NF_INVALID_ARGUMENT, "T2 is 4"},
        {"bf16 before 14",   13, [](nf_onnx_node &n) { n.T = n.T1 = n.T2 = NF_BF16; }, NF_TYPE_MISMATCH, "X (T) is bf16, which opset 13 does not have"},
        {"T1 before 15",     14, [](nf_onnx_node &n) { n.T = NF_F16; }, NF_TYPE_MISMATCH, "X (T) is f16 and scale, B (T1) is f32: opset 14 wants one type"},
        {"T2 before 14",      9, [](nf_onnx_node &n) { n.T2 = NF_F64; }, NF_TYPE_MISMATCH, "X (T) is f32 and input_mean, input_var (T2) is f64: opset 9 wants one type"},
        {"f16 before 15",     7, [](nf_onnx_node &n) { n.T = n.T1 = n.T2 = NF_F16; }, NF_TYPE_MISMATCH, "X (T) is f16 and scale, B (T1) is f16: not run"},
    };
    // clang-format on
    for (const Row &row : rows) {
        INFO(row.name);
        nf_onnx_node node = small_node(row.opset);
        row.change(node);
        Description description(NF_BACKWARD_FROZEN, {5, 6});
        description.axis = -3;
        CHECK(nf_onnx_describe(&node, &description) == row.status);
        CHECK_THAT(nf_last_error(), Catch::Contains(row.text));
        CHECK(description.op == NF_BACKWARD_FROZEN);
        CHECK(description.axis == -3);
        CHECK(description.x.extents[1] == 6);
    }
    nf_onnx_node node = small_node(15);
    nf_description description;
    CHECK(nf_onnx_node_init(nullptr, 15) == NF_NULL_POINTER);
    CHECK(nf_onnx_describe(nullptr, &description) == NF_NULL_POINTER);
    CHECK(nf_onnx_describe(&node, nullptr) == NF_NULL_POINTER);
}

TEST_CASE("onnx: epsilon and momentum out of range are refused when the plan is made") {
    for (const bool epsilon : {false, true}) {
        nf_onnx_node node = small_node(15);
        node.training_mode = 1;
        (epsilon ? node.epsilon : node.momentum) = -1;
        nf_description description;
        REQUIRE(nf_onnx_describe(&node, &description) == NF_SUCCESS);
        nf_plan *plan = nullptr;
        CHECK(nf_plan_create(&description, &plan) == NF_INVALID_ARGUMENT);
    }
}
