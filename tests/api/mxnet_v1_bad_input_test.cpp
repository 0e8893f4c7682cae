// SPDX-License-Identifier: MIT
// BatchNorm_v1 refuses every argument that makes no sense, says which, and then has changed nothing.
#include "tests/api/mxnet_v1_call.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace normforge::testing;

namespace {

enum class Function { create, forward, backward };

struct Row {
    const char *name;
    Function function;
    int32_t is_train;
    void (*change)(MxnetCall &call);
    nf_status status;
    const char *text; ///< that nf_last_error() must contain
};

template <class Value>
Value *moved(Value *pointer, ptrdiff_t bytes) {
    return reinterpret_cast<Value *>(reinterpret_cast<uintptr_t>(pointer) + static_cast<uintptr_t>(bytes));
}

constexpr Function kCreate = Function::create, kForward = Function::forward, kBackward = Function::backward;

// clang-format off: one row per wrong argument
const Row kRows[] = {
    {"params.struct_size", kCreate, 1, [](MxnetCall &c) { c.params.struct_size = 4; }, NF_INVALID_ARGUMENT, "nf_mxnet_v1_params.struct_size is 4"},
    {"eps negative",       kCreate, 1, [](MxnetCall &c) { c.params.eps = -1; }, NF_INVALID_ARGUMENT, "eps is -1"},
    {"eps NaN",            kCreate, 1, [](MxnetCall &c) { c.params.eps = NAN; }, NF_INVALID_ARGUMENT, "eps is nan"},
    {"eps infinite",       kCreate, 1, [](MxnetCall &c) { c.params.eps = INFINITY; }, NF_INVALID_ARGUMENT, "eps is inf"},
    {"momentum negative",  kCreate, 1, [](MxnetCall &c) { c.params.momentum = -0.5F; }, NF_INVALID_ARGUMENT, "momentum is -0.5"},
    {"momentum over 1",    kCreate, 1, [](MxnetCall &c) { c.params.momentum = 1.5F; }, NF_INVALID_ARGUMENT, "momentum is 1.5"},
    {"momentum NaN",       kCreate, 1, [](MxnetCall &c) { c.params.momentum = NAN; }, NF_INVALID_ARGUMENT, "momentum is nan"},
    {"fix_gamma",          kCreate, 1, [](MxnetCall &c) { c.params.fix_gamma = 2; }, NF_INVALID_ARGUMENT, "fix_gamma is 2"},
    {"use_global_stats",   kCreate, 1, [](MxnetCall &c) { c.params.use_global_stats = -1; }, NF_INVALID_ARGUMENT, "use_global_stats is -1"},
    {"output_mean_var",    kCreate, 1, [](MxnetCall &c) { c.params.output_mean_var = 7; }, NF_INVALID_ARGUMENT, "output_mean_var is 7"},
    {"request out",        kCreate, 1, [](MxnetCall &c) { c.params.out = static_cast<nf_gradient>(3); }, NF_INVALID_ARGUMENT, "the request out is 3"},
    {"request data_grad",  kCreate, 1, [](MxnetCall &c) { c.params.data_grad = static_cast<nf_gradient>(3); }, NF_INVALID_ARGUMENT, "the request data_grad is 3"},
    {"request gamma_grad", kCreate, 1, [](MxnetCall &c) { c.params.gamma_grad = static_cast<nf_gradient>(3); }, NF_INVALID_ARGUMENT, "the request gamma_grad is 3"},
    {"request beta_grad",  kCreate, 1, [](MxnetCall &c) { c.params.beta_grad = static_cast<nf_gradient>(3); }, NF_INVALID_ARGUMENT, "the request beta_grad is 3"},
    {"rank 0",             kCreate, 1, [](MxnetCall &c) { c.extents.clear(); }, NF_INVALID_ARGUMENT, "rank is 0"},
    {"rank 1",             kCreate, 1, [](MxnetCall &c) { c.extents.resize(1); }, NF_INVALID_ARGUMENT, "rank is 1"},
    {"rank 3",             kCreate, 1, [](MxnetCall &c) { c.extents.resize(3); }, NF_INVALID_ARGUMENT, "rank is 3"},
    {"rank 5",             kCreate, 1, [](MxnetCall &c) { c.extents.resize(5, 1); }, NF_INVALID_ARGUMENT, "rank is 5"},
    {"no images",          kCreate, 1, [](MxnetCall &c) { c.extents[0] = 0; }, NF_INVALID_ARGUMENT, "extents[0] is 0"},
    {"no channels",        kCreate, 1, [](MxnetCall &c) { c.extents[1] = 0; }, NF_INVALID_ARGUMENT, "extents[1] is 0"},
    {"negative extent",    kCreate, 1, [](MxnetCall &c) { c.extents[3] = -2; }, NF_INVALID_ARGUMENT, "extents[3] is -2"},
    {"too many elements",  kCreate, 1, [](MxnetCall &c) { c.extents.assign(4, int64_t{1} << 20); }, NF_OVERFLOW, "1048576x1048576"},
    {"too many bytes",     kCreate, 1, [](MxnetCall &c) { c.extents = {int64_t{1} << 61, 1}; }, NF_OVERFLOW, "bytes"},

    {"is_train",           kForward, 2, [](MxnetCall &) {}, NF_INVALID_ARGUMENT, "is_train is 2"},
    {"arrays.struct_size", kForward, 1, [](MxnetCall &c) { c.arrays.struct_size = 0; }, NF_INVALID_ARGUMENT, "nf_mxnet_v1_arrays.struct_size is 0"},
    {"add to out, no training",  kForward, 0, [](MxnetCall &c) { c.params.out = NF_GRADIENT_ADD; }, NF_INVALID_ARGUMENT, "the request out is add"},
    {"null out, no training",    kForward, 0, [](MxnetCall &c) { c.params.out = NF_GRADIENT_NULL; }, NF_INVALID_ARGUMENT, "the request out is null"},
    {"data null",          kForward, 1, [](MxnetCall &c) { c.arrays.data = nullptr; }, NF_NULL_POINTER, "data is null, forward"},
    {"out null",           kForward, 1, [](MxnetCall &c) { c.arrays.out = nullptr; }, NF_NULL_POINTER, "out is null"},
    {"out null, added to", kForward, 1, [](MxnetCall &c) { c.arrays.out = nullptr, c.params.out = NF_GRADIENT_ADD; }, NF_NULL_POINTER, "out is null"},
    {"gamma null",         kForward, 1, [](MxnetCall &c) { c.arrays.gamma = {}; }, NF_NULL_POINTER, "gamma.data is null"},
    {"fixed gamma null",   kForward, 0, [](MxnetCall &c) { c.params.fix_gamma = 1, c.arrays.gamma = {}; }, NF_NULL_POINTER, "gamma.data is null"},
    {"beta null",          kForward, 1, [](MxnetCall &c) { c.arrays.beta = {}; }, NF_NULL_POINTER, "beta.data is null"},
    {"moving_mean null",   kForward, 0, [](MxnetCall &c) { c.arrays.moving_mean = {}; }, NF_NULL_POINTER, "moving_mean.data is null"},
    {"moving_var null",    kForward, 0, [](MxnetCall &c) { c.arrays.moving_var = {}; }, NF_NULL_POINTER, "moving_var.data is null"},
    {"mean null",          kForward, 1, [](MxnetCall &c) { c.arrays.mean = {}; }, NF_NULL_POINTER, "mean.data is null"},
    {"mean null, an output", kForward, 0, [](MxnetCall &c) { c.arrays.mean = {}; }, NF_NULL_POINTER, "mean.data is null"},
    {"var null",           kForward, 1, [](MxnetCall &c) { c.params.output_mean_var = 0, c.arrays.var = {}; }, NF_NULL_POINTER, "var.data is null"},
    {"gamma length",       kForward, 1, [](MxnetCall &c) { c.arrays.gamma.length = 3; }, NF_SHAPE_MISMATCH, "gamma.length is 3, expected the number of channels, 2"},
    {"beta length",        kForward, 1, [](MxnetCall &c) { c.arrays.beta.length = 1; }, NF_SHAPE_MISMATCH, "beta.length is 1"},
    {"moving_mean length", kForward, 0, [](MxnetCall &c) { c.arrays.moving_mean.length = 0; }, NF_SHAPE_MISMATCH, "moving_mean.length is 0"},
    {"moving_var length",  kForward, 0, [](MxnetCall &c) { c.arrays.moving_var.length = 4; }, NF_SHAPE_MISMATCH, "moving_var.length is 4"},
    {"mean length",        kForward, 1, [](MxnetCall &c) { c.arrays.mean.length = -2; }, NF_SHAPE_MISMATCH, "mean.length is -2"},
    {"var length",         kForward, 0, [](MxnetCall &c) { c.arrays.var.length = 1; }, NF_SHAPE_MISMATCH, "var.length is 1"},
    {"data misaligned",    kForward, 1, [](MxnetCall &c) { c.arrays.data = moved(c.arrays.data, 1); }, NF_MISALIGNED, "data is 1 bytes past"},
    {"out misaligned",     kForward, 1, [](MxnetCall &c) { c.arrays.out = moved(c.arrays.out, 2); }, NF_MISALIGNED, "out is 2 bytes past"},
    {"beta misaligned",    kForward, 1, [](MxnetCall &c) { c.arrays.beta.data = moved(c.beta.data(), 3); }, NF_MISALIGNED, "beta.data is 3 bytes past"},
    {"workspace null",     kForward, 1, [](MxnetCall &c) { c.arrays.workspace = nullptr; }, NF_NULL_POINTER, "workspace is null"},
    {"workspace misaligned", kForward, 1, [](MxnetCall &c) { c.arrays.workspace = moved(c.workspace.data(), 4); }, NF_MISALIGNED, "workspace is"},
    {"workspace too small", kForward, 1, [](MxnetCall &c) { c.arrays.workspace_size = 7; }, NF_WORKSPACE_TOO_SMALL, "workspace_size is 7"},
    {"out over data, shifted", kForward, 1, [](MxnetCall &c) { c.arrays.out = c.data.data() + 1; }, NF_OVERLAP, "out, which is written, overlaps data"},
    {"out added to data",  kForward, 1, [](MxnetCall &c) { c.params.out = NF_GRADIENT_ADD, c.arrays.out = c.data.data(); }, NF_OVERLAP, "out, which is written, overlaps data"},
    {"mean over var",      kForward, 1, [](MxnetCall &c) { c.arrays.mean = c.arrays.var; }, NF_OVERLAP, "mean, which is written, overlaps var"},
    {"var over moving_var", kForward, 0, [](MxnetCall &c) { c.arrays.var = c.arrays.moving_var; }, NF_OVERLAP, "var, which is written, overlaps moving_var"},
    {"fixed gamma is beta", kForward, 1, [](MxnetCall &c) { c.params.fix_gamma = 1, c.arrays.gamma = c.arrays.beta; }, NF_OVERLAP, "gamma, which is written, overlaps beta"},
    {"workspace over out", kForward, 1, [](MxnetCall &c) { c.arrays.out = static_cast<float *>(c.arrays.workspace); }, NF_OVERLAP, "workspace, which is written, overlaps out"},

    {"is_train",           kBackward, -1, [](MxnetCall &) {}, NF_INVALID_ARGUMENT, "is_train is -1"},
    {"arrays.struct_size", kBackward, 1, [](MxnetCall &c) { c.arrays.struct_size = 8; }, NF_INVALID_ARGUMENT, "nf_mxnet_v1_arrays.struct_size is 8"},
    {"data null",          kBackward, 1, [](MxnetCall &c) { c.arrays.data = nullptr; }, NF_NULL_POINTER, "data is null, backward"},
    {"out_grad null",      kBackward, 1, [](MxnetCall &c) { c.arrays.out_grad = nullptr; }, NF_NULL_POINTER, "out_grad is null"},
    {"data_grad null",     kBackward, 1, [](MxnetCall &c) { c.arrays.data_grad = nullptr; }, NF_NULL_POINTER, "data_grad is null"},
    {"gamma null",         kBackward, 1, [](MxnetCall &c) { c.arrays.gamma = {}; }, NF_NULL_POINTER, "gamma.data is null"},
    {"fixed gamma null",   kBackward, 1, [](MxnetCall &c) { c.params.fix_gamma = 1, c.arrays.gamma = {}; }, NF_NULL_POINTER, "gamma.data is null"},
    {"moving_mean null",   kBackward, 1, [](MxnetCall &c) { c.arrays.moving_mean = {}; }, NF_NULL_POINTER, "moving_mean.data is null"},
    {"moving_var null",    kBackward, 0, [](MxnetCall &c) { c.arrays.moving_var = {}; }, NF_NULL_POINTER, "moving_var.data is null"},
    {"mean null",          kBackward, 1, [](MxnetCall &c) { c.arrays.mean = {}; }, NF_NULL_POINTER, "mean.data is null"},
    {"var null",           kBackward, 1, [](MxnetCall &c) { c.arrays.var = {}; }, NF_NULL_POINTER, "var.data is null"},
    {"gamma_grad null",    kBackward, 1, [](MxnetCall &c) { c.arrays.gamma_grad = {}; }, NF_NULL_POINTER, "gamma_grad.data is null"},
    {"gamma_grad null, gamma fixed", kBackward, 1, [](MxnetCall &c) { c.params.fix_gamma = 1, c.arrays.gamma_grad = {}; }, NF_NULL_POINTER, "gamma_grad.data is null"},
    {"beta_grad null, added to", kBackward, 0, [](MxnetCall &c) { c.params.beta_grad = NF_GRADIENT_ADD, c.arrays.beta_grad = {}; }, NF_NULL_POINTER, "beta_grad.data is null"},
    {"gamma length",       kBackward, 1, [](MxnetCall &c) { c.arrays.gamma.length = 1; }, NF_SHAPE_MISMATCH, "gamma.length is 1"},
    {"moving_mean length", kBackward, 1, [](MxnetCall &c) { c.arrays.moving_mean.length = 3; }, NF_SHAPE_MISMATCH, "moving_mean.length is 3"},
    {"moving_var length",  kBackward, 1, [](MxnetCall &c) { c.arrays.moving_var.length = 3; }, NF_SHAPE_MISMATCH, "moving_var.length is 3"},
    {"mean length",        kBackward, 1, [](MxnetCall &c) { c.arrays.mean.length = 3; }, NF_SHAPE_MISMATCH, "mean.length is 3"},
    {"var length",         kBackward, 1, [](MxnetCall &c) { c.arrays.var.length = 3; }, NF_SHAPE_MISMATCH, "var.length is 3"},
    {"gamma_grad length",  kBackward, 1, [](MxnetCall &c) { c.arrays.gamma_grad.length = 3; }, NF_SHAPE_MISMATCH, "gamma_grad.length is 3"},
    {"beta_grad length",   kBackward, 0, [](MxnetCall &c) { c.arrays.beta_grad.length = 3; }, NF_SHAPE_MISMATCH, "beta_grad.length is 3"},
    {"out_grad misaligned", kBackward, 1, [](MxnetCall &c) { c.arrays.out_grad = moved(c.arrays.out_grad, 2); }, NF_MISALIGNED, "out_grad is 2 bytes past"},
    {"data_grad misaligned", kBackward, 1, [](MxnetCall &c) { c.arrays.data_grad = moved(c.arrays.data_grad, 1); }, NF_MISALIGNED, "data_grad is 1 bytes past"},
    {"workspace null",     kBackward, 1, [](MxnetCall &c) { c.arrays.workspace = nullptr; }, NF_NULL_POINTER, "workspace is null"},
    {"workspace misaligned", kBackward, 1, [](MxnetCall &c) { c.arrays.workspace = moved(c.workspace.data(), 8); }, NF_MISALIGNED, "workspace is"},
    {"workspace too small", kBackward, 1, [](MxnetCall &c) { c.arrays.workspace_size = 1; }, NF_WORKSPACE_TOO_SMALL, "workspace_size is 1"},
    {"data_grad over out_grad, shifted", kBackward, 1, [](MxnetCall &c) { c.arrays.data_grad = c.out_grad.data() + 1; }, NF_OVERLAP, "data_grad, which is written, overlaps out_grad"},
    {"data_grad added to out_grad", kBackward, 0, [](MxnetCall &c) { c.params.data_grad = NF_GRADIENT_ADD, c.arrays.data_grad = c.out_grad.data(); }, NF_OVERLAP, "data_grad, which is written, overlaps out_grad"},
    {"data_grad is data",  kBackward, 1, [](MxnetCall &c) { c.arrays.data_grad = c.data.data(); }, NF_OVERLAP, "data_grad, which is written, overlaps data"},
    {"gamma_grad is beta_grad", kBackward, 1, [](MxnetCall &c) { c.arrays.gamma_grad = c.arrays.beta_grad; }, NF_OVERLAP, "gamma_grad, which is written, overlaps beta_grad"},
    {"mean is moving_mean", kBackward, 1, [](MxnetCall &c) { c.arrays.mean = c.arrays.moving_mean; }, NF_OVERLAP, "moving_mean, which is written, overlaps mean"},
    {"fixed gamma is gamma_grad", kBackward, 0, [](MxnetCall &c) { c.params.fix_gamma = 1, c.arrays.gamma_grad = c.arrays.gamma; }, NF_OVERLAP, "gamma, which is written, overlaps gamma_grad"},
    {"workspace over beta_grad", kBackward, 1, [](MxnetCall &c) { c.arrays.beta_grad.data = c.arrays.workspace; }, NF_OVERLAP, "workspace, which is written, overlaps beta_grad"},
};
// clang-format on

nf_status run(MxnetCall &call, const Row &row) {
    if (row.function == Function::forward) return call.forward(row.is_train);
    if (row.function == Function::backward) return call.backward(row.is_train);
    auto *op = reinterpret_cast<nf_mxnet_v1 *>(&call); // must come back null
    const auto rank = static_cast<int32_t>(call.extents.size());
    const nf_status status = nf_mxnet_v1_create(&call.params, rank, call.extents.data(), &op);
    CHECK(op == nullptr);
    return status;
}

/// Every byte that a call could write.
std::vector<Floats> memory(const MxnetCall &c) {
    Floats workspace(c.workspace.size());
    for (size_t i = 0; i < workspace.size(); ++i) workspace[i] = static_cast<float>(c.workspace[i]);
    return {c.data,      c.out_grad, c.gamma, c.beta,       c.moving_mean, c.moving_var, c.out,
            c.data_grad, c.mean,     c.var,   c.gamma_grad, c.beta_grad,   workspace};
}

} // namespace

TEST_CASE("mxnet_v1: every argument that makes no sense is refused by name, and nothing is changed") {
    for (const Row &row : kRows) {
        INFO(row.name << ", is_train " << row.is_train);
        MxnetCall call;
        row.change(call);
        const std::vector<Floats> before = memory(call);
        CHECK(run(call, row) == row.status);
        CHECK_THAT(nf_last_error(), Catch::Contains(row.text));
        CHECK(memory(call) == before);
    }
}

TEST_CASE("mxnet_v1: null pointers to the functions' own arguments are refused") {
    MxnetCall call;
    nf_mxnet_v1 *op = nullptr;
    const auto refused = [](nf_status status, const char *text) {
        CHECK(status == NF_NULL_POINTER);
        CHECK_THAT(nf_last_error(), Catch::Contains(text));
    };
    refused(nf_mxnet_v1_params_init(nullptr), "params");
    refused(nf_mxnet_v1_arrays_init(nullptr), "arrays");
    refused(nf_mxnet_v1_create(nullptr, 4, call.extents.data(), &op), "params");
    refused(nf_mxnet_v1_create(&call.params, 4, nullptr, &op), "extents");
    refused(nf_mxnet_v1_create(&call.params, 4, call.extents.data(), nullptr), "op");
    refused(nf_mxnet_v1_forward(nullptr, 1, &call.arrays), "op");
    refused(nf_mxnet_v1_backward(nullptr, 1, &call.arrays), "op");
    REQUIRE(nf_mxnet_v1_create(&call.params, 4, call.extents.data(), &op) == NF_SUCCESS);
    refused(nf_mxnet_v1_forward(op, 1, nullptr), "arrays");
    refused(nf_mxnet_v1_backward(op, 1, nullptr), "arrays");
    nf_mxnet_v1_destroy(op);
}
