// SPDX-License-Identifier: MIT
// What kernels are given: buffers, channel arrays, workspace; and what an execution does with the result.
#include "runtime/problem.h"
#include "tests/unit/fake_kernels.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <normforge/normforge.hpp>
#include <numeric>

using namespace normforge;
using namespace normforge::unit;

namespace {

using Dimensions = std::vector<std::pair<int, int>>;

/// Address of element (axis indices in row-major order of the extents) of a described tensor.
int64_t offset_of(const nf_layout &layout, int64_t index) {
    int64_t offset = 0;
    for (int i = layout.rank - 1; i >= 0; --i) {
        offset += index % layout.extents[i] * layout.strides[i];
        index /= layout.extents[i];
    }
    return offset;
}

} // namespace

TEST_CASE("each form's kernel reaches every element and its channel") {
    register_fakes();
    const char *const problem = GENERATE(
        "forward_inference:f32:nchw:3x5x20x16", "forward_inference:f32:nchw:3x6x7x7", "forward_inference:f32:nhwc:3x7x5x6",
        "forward_inference:f32:nc:9x4", "forward_inference:f32:any:4x6x3x2:axis=0",
        "forward_inference:f32:any:2x3x40x9:axis=1", "forward_inference:f32:nchw:3x5x6x6:strides=300x40x6x1",
        "forward_inference:f32:nchw:3x6x4x4:strides=96x1x24x6", "forward_inference:f32:nchw:1x1x1x1",
        "forward_inference:f32:nchw:1x6x1x1:strides=9x9x9x9",
        "forward_inference:f32:nchw:16x64x40x40"); // over kSerialBytes
    INFO(problem);
    nf_description d = parse_problem(problem).description;
    if (d.x.strides[0] == 0) // explicit, for offset_of()
        for (int i = d.x.rank - 1, stride = 1; i >= 0; stride *= static_cast<int>(d.x.extents[i--])) d.x.strides[i] = stride;
    d.y = d.x;
    d.threads = 2;
    d.store = NF_STORE_CACHED; // y below is aligned to its elements alone
    const PlanOwner plan(d);
    int64_t count = 1, span = 1, inside = 1;
    for (int i = 0; i < d.x.rank; ++i) {
        count *= d.x.extents[i];
        span += (d.x.extents[i] - 1) * d.x.strides[i];
        if (i > d.axis) inside *= d.x.extents[i];
    }
    std::vector<float> x(static_cast<size_t>(span)), y(x.size(), -1.0f), mean(static_cast<size_t>(d.x.extents[d.axis]));
    std::iota(x.begin(), x.end(), 1.0f);
    for (size_t i = 0; i < mean.size(); ++i) mean[i] = 1e6f * static_cast<float>(i + 1);
    const std::vector<float> variance(mean.size(), 1.0f);

    const Workspace workspace(nf_plan_workspace_size(plan.get()));
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.running_mean = channels(mean);
    tensors.running_variance = channels(variance);
    REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    CHECK(std::string(nf_last_variant()) == nf_plan_variant(plan.get()));

    std::vector<float> expected(x.size(), -1.0f); // gaps between the elements stay
    for (int64_t i = 0; i < count; ++i) {
        const auto at = static_cast<size_t>(offset_of(d.x, i));
        expected[at] = x[at] + mean[static_cast<size_t>(i / inside % d.x.extents[d.axis])];
    }
    CHECK((y == expected));
}

TEST_CASE("buffers have the extents, strides and types that kernels are compiled for") {
    register_fakes();
    nf_description d = parse_problem("forward_train:f32:nhwc:4x5x10x3:relu:strides=200x40x4x1").description;
    const PlanOwner plan(d);
    const Workspace workspace(nf_plan_workspace_size(plan.get()));
    Tensors tensors(workspace);
    // Addresses far apart: the plan checks the operands' whole extents for overlap.
    alignas(64) static float memory[4096];
    tensors.x = memory;
    tensors.y = memory + 2048;
    REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    CHECK(seen[NF_ROLE_x].dimensions == Dimensions{{3, 1}, {200, 4}});
    CHECK(seen[NF_ROLE_y].dimensions == Dimensions{{3, 1}, {200, 4}});
    CHECK(seen[NF_ROLE_x].host == memory);
    CHECK(seen[NF_ROLE_gamma].dimensions == Dimensions{{3, 1}});
    CHECK(seen[NF_ROLE_partial_0].dimensions ==
          Dimensions{{kChannelStep, 1}, {2, kChannelStep}}); // 200 rows: 13 tiles, 2 chunks
    CHECK(seen[NF_ROLE_partial_0].bits == 64);
    CHECK(seen[NF_ROLE_chunks].dimensions == Dimensions{{2, 0}});
    CHECK(seen[NF_ROLE_x].bits == 32);
}

TEST_CASE("channels that exceed 32 bits only when padded are refused") {
    register_fakes();
    const nf_description d = parse_problem("forward_train:f32:nhwc:1x1x1x2147483647:relu").description;
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(&d, &plan) == NF_NO_VARIANT);
    nf_plan_destroy(plan);
    CHECK_THAT(nf_last_error(), Catch::Contains("partial results of train_last have 2147483648 elements"));
}

TEST_CASE("absent channel arrays are replaced: ones, zeros, cleared or scratch") {
    register_fakes();
    alignas(64) static float memory[4096];
    const PlanOwner plan(parse_problem("forward_train:f32:nhwc:4x5x10x3:relu").description);
    const size_t size = nf_plan_workspace_size(plan.get());
    CHECK(size % NF_WORKSPACE_ALIGNMENT == 0);
    const Workspace workspace(size);
    std::memset(workspace.data(), 0xff, size); // NaN, wherever nothing is put
    Tensors tensors(workspace);
    tensors.x = memory;
    tensors.y = memory + 2048;
    REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    CHECK(seen[NF_ROLE_gamma].first == std::vector<float>(3, 1.0f));
    CHECK(seen[NF_ROLE_beta].first == std::vector<float>(3, 0.0f));
    CHECK(seen[NF_ROLE_running_mean].first == std::vector<float>(3, 0.0f));
    CHECK(seen[NF_ROLE_running_variance].first == std::vector<float>(3, 0.0f));
    CHECK(std::isnan(seen[NF_ROLE_invstd].first[0])); // written by the kernel, not read
    std::vector<uintptr_t> pieces;
    for (nf_role role : {NF_ROLE_mean, NF_ROLE_variance, NF_ROLE_invstd, NF_ROLE_running_mean, NF_ROLE_running_variance,
                         NF_ROLE_partial_0}) {
        const auto at = reinterpret_cast<uintptr_t>(seen[role].host) - reinterpret_cast<uintptr_t>(workspace.data());
        CHECK(at < size);
        CHECK(at % NF_WORKSPACE_ALIGNMENT == 0);
        pieces.push_back(at);
    }
    std::sort(pieces.begin(), pieces.end());
    CHECK(std::adjacent_find(pieces.begin(), pieces.end()) == pieces.end());

    std::vector<float> given(3, 4.0f), other(3, 5.0f);
    tensors.gamma = channels(given);
    tensors.running_mean = channels(other);
    REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    CHECK(seen[NF_ROLE_gamma].host == given.data());
    CHECK(seen[NF_ROLE_running_mean].first == std::vector<float>(3, 5.0f));
    CHECK(other == std::vector<float>(3, 9.0f));
}

TEST_CASE("inference and backward read their statistics from the operands of their op") {
    register_fakes();
    std::vector<float> x(24), y(24), mean(3, 2.0f), variance(3, 3.0f);
    const PlanOwner plan(parse_problem("forward_inference:f32:nchw:2x3x2x2").description);
    const Workspace workspace(nf_plan_workspace_size(plan.get()));
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.running_mean = channels(mean);
    tensors.running_variance = channels(variance);
    REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    CHECK(seen[NF_ROLE_mean].host == mean.data());
    CHECK(seen[NF_ROLE_variance].host == variance.data());
}

TEST_CASE("a plan that streams runs the cached variant where the output is not aligned") {
    register_fakes();
    nf_description d = parse_problem("forward_inference:f32:nchw:1x1x32x32").description;
    d.store = NF_STORE_STREAM;
    const PlanOwner plan(d);
    alignas(64) static float x[1024], y[1024 + 16];
    float mean[1] = {1}, variance[1] = {1};
    const Workspace workspace(nf_plan_workspace_size(plan.get()));
    Tensors tensors(workspace);
    tensors.x = x;
    tensors.running_mean = channels(mean, 1);
    tensors.running_variance = channels(variance, 1);
    for (const auto &[offset, variant] : {std::pair(0, "inference_inner_stream"), std::pair(1, "inference_inner"),
                                          std::pair(8, "inference_inner"), std::pair(16, "inference_inner_stream")}) {
        tensors.y = y + offset;
        REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
        CHECK(std::string(nf_last_variant()) == variant);
        CHECK(y[offset + 1023] == 1.0f);
    }
}

TEST_CASE("an empty batch writes empty sums and nothing else") {
    register_fakes();
    const char *const problem = GENERATE("backward_train:f32:nchw:0x3x5x4", "backward_train:f32:nchw:2x3x0x4",
                                         "backward_train:f32:nchw:0x3x1099511627776x1099511627776");
    const PlanOwner plan(parse_problem(problem).description);
    CHECK(nf_plan_workspace_size(plan.get()) == 0);
    CHECK(std::string(nf_plan_variant(plan.get())).empty());
    std::vector<float> mean(3, 1.0f), invstd(3, 2.0f), dgamma(3, 3.0f), dbeta(3, 4.0f);
    Tensors tensors;
    tensors.saved_mean = channels(mean);
    tensors.saved_invstd = channels(invstd);
    tensors.dgamma = channels(dgamma);
    tensors.dbeta = channels(dbeta);
    CHECK(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    CHECK(dgamma == std::vector<float>(3, 0.0f));
    CHECK(dbeta == std::vector<float>(3, 0.0f));
    CHECK(mean == std::vector<float>(3, 1.0f));

    const PlanOwner forward(parse_problem("forward_train:f32:nchw:0x3x5x4").description);
    std::vector<float> running(3, 5.0f);
    tensors.running_mean = tensors.running_variance = {nullptr, 0};
    tensors.running_mean = channels(running);
    CHECK(nf_plan_execute(forward.get(), &tensors) == NF_SUCCESS);
    CHECK(running == std::vector<float>(3, 5.0f));

    const PlanOwner no_channels(parse_problem("backward_train:f32:nc:4x0").description);
    Tensors nothing;
    CHECK(nf_plan_execute(no_channels.get(), &nothing) == NF_SUCCESS);
}

TEST_CASE("a kernel's failure is reported") {
    register_fakes();
    const PlanOwner plan(parse_problem("forward_inference:f32:nchw:2x3x2x2").description);
    std::vector<float> x(24), y(24), mean(3), variance(3);
    const Workspace workspace(nf_plan_workspace_size(plan.get()));
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.running_mean = channels(mean);
    tensors.running_variance = channels(variance);
    fake_result = -14;
    CHECK(nf_plan_execute(plan.get(), &tensors) == NF_KERNEL_FAILED);
    CHECK(std::string(nf_last_error()) == "inference_planes returned -14");
    fake_result = 0;
    CHECK(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
}
