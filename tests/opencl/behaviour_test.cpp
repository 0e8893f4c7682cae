// SPDX-License-Identifier: MIT
// What plans for a device do besides computing: same bits again, chunks of channels, choice by alignment, refusals, and that
// a refusal leaves nothing behind.
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <array>
#include <catch2/catch.hpp>
#include <cstring>
#include <dlfcn.h>
#include <normforge/kernel_table.h>
#include NF_GPU_HEADER

using namespace normforge;
using namespace normforge::testing;

namespace {

Problem device_problem(const std::string &text) {
    REQUIRE(nf_register(&NF_GPU_TABLE) == NF_SUCCESS);
    return parse_problem(text + ":device=opencl");
}

Results require_right(const Problem &problem, const RunOptions &options = {}) {
    const Inputs inputs = make_inputs(problem.description, {});
    const Results results = run(problem, inputs, options);
    const Comparison comparison = compare(problem, inputs, results);
    INFO(to_string(problem) << ": " << to_string(comparison, true));
    REQUIRE(comparison.within_bounds());
    return results;
}

struct PlanOf {
    explicit PlanOf(const nf_description &description) { status = nf_plan_create(&description, &plan); }
    ~PlanOf() { nf_plan_destroy(plan); }
    PlanOf(const PlanOf &) = delete;
    PlanOf &operator=(const PlanOf &) = delete;
    nf_plan *plan = nullptr;
    nf_status status;
};

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("Results have the same bits every time") {
    for (const char *text : {"forward_train:f32:nchw:8x5x40x40", "backward_train:f32:nhwc:9x30x30x67:relu",
                             "forward_train:f16:nchw:16x3x7x7:add_relu"}) {
        const Problem problem = device_problem(text);
        const Inputs inputs = make_inputs(problem.description, {});
        const Results first = run(problem, inputs, {});
        for (int i = 0; i < 3; ++i) CHECK(first_difference(first, run(problem, inputs, {})).empty());
    }
}

TEST_CASE("In place and with absent parameters") {
    require_right(device_problem("forward_train:f32:nchw:4x6x20x20:inplace"));
    require_right(device_problem("backward_train:f32:nhwc:4x20x20x16:inplace"));
    const Problem problem = device_problem("forward_train:f32:nchw:4x6x20x20");
    Inputs inputs = make_inputs(problem.description, {});
    const Results with_ones = [&] {
        Inputs ones = inputs;
        std::fill(ones.gamma.begin(), ones.gamma.end(), 1.0);
        std::fill(ones.beta.begin(), ones.beta.end(), 0.0);
        return run(problem, ones, {});
    }();
    const Results without = run(problem, inputs, {"", 0, Edge::end, {"gamma", "beta"}});
    CHECK(first_difference(with_ones, without).empty());
}

TEST_CASE("What exceeds the cache runs in chunks of channels") {
    for (const char *text : {"forward_train:f32:nchw:4x50x32x32", "backward_train:f32:nwc:40x9x400:relu"}) {
        const Problem problem = device_problem(text);
        const PlanOf made(problem.description);
        REQUIRE(made.status == NF_SUCCESS);
        CHECK(contains(nf_plan_describe(made.plan), "pieces"));
        require_right(problem);
    }
}

TEST_CASE("Long batches and few channels") {
    require_right(device_problem("forward_train:f32:nc:140000x1"));
    require_right(device_problem("forward_train:f32:ncw:70000x1x3"));
    require_right(device_problem("backward_train:f32:nc:70000x5:relu"));
}

TEST_CASE("Wide loads and stores where everything is aligned, others elsewhere") {
    const std::string text = "backward_train:f32:nhwc:3x5x5x16:relu";
    const Results aligned = require_right(device_problem(text));
    CHECK(contains(aligned.variant, "_aligned"));
    const Results shifted = require_right(device_problem(text + ":offset=4"));
    CHECK(!contains(shifted.variant, "_aligned"));
    const Results odd = require_right(device_problem("backward_train:f32:nhwc:3x5x5x17:relu"));
    CHECK(!contains(odd.variant, "_aligned"));
}

TEST_CASE("In rows per-channel values are vectors, too") {
    const Problem problem = device_problem("forward_inference:f32:nhwc:3x5x5x16:relu");
    const PlanOf made(problem.description);
    REQUIRE(made.status == NF_SUCCESS);
    const auto variant = [&](size_t shift) {
        GuardedOperands operands(problem, make_inputs(problem.description, {}), Edge::begin, {});
        alignas(16) static const std::array<float, 17> gamma{};
        alignas(NF_WORKSPACE_ALIGNMENT) static char workspace[4096];
        REQUIRE(nf_plan_workspace_size(made.plan) <= sizeof workspace);
        operands.call.workspace = workspace;
        operands.call.workspace_size = sizeof workspace;
        operands.call.gamma.data = const_cast<float *>(gamma.data() + shift); // only read
        REQUIRE(nf_plan_execute(made.plan, &operands.call) == NF_SUCCESS);
        return std::string(nf_last_variant());
    };
    CHECK(contains(variant(0), "_aligned"));
    CHECK(!contains(variant(1), "_aligned"));
}

TEST_CASE("An empty batch zeroes the sums") {
    const Problem problem = device_problem("backward_train:f32:nchw:0x3x4x4:relu");
    const Results results = run(problem, make_inputs(problem.description, {}), {});
    for (const Output output : {Output::dgamma, Output::dbeta})
        for (const double value : results[output]) CHECK(value == 0);
}

TEST_CASE("Without a driver a plan for CUDA says so") {
    if (void *driver = dlopen("libcuda.so.1", RTLD_NOW)) {
        dlclose(driver);
        return;
    }
    nf_description description = device_problem("forward_train:f32:nchw:2x3x4x4:relu").description;
    description.device = NF_DEVICE_CUDA;
    const PlanOf made(description);
    CHECK(made.status == NF_NO_DEVICE);
    CHECK(made.plan == nullptr);
    CHECK(contains(nf_last_error(), "libcuda.so.1"));
    CHECK(nf_target_usable("cuda-80") == 0);
    require_right(device_problem("forward_train:f32:nchw:2x3x4x4:relu"));
}

TEST_CASE("Kernels and problems of different devices do not meet") {
    nf_description description = device_problem("forward_train:f32:nchw:2x3x20x20:add_relu").description;
    description.device = NF_DEVICE_CPU;
    description.variant = "nf_forward_train_f32_inner_add_relu_cached_opencl";
    const PlanOf on_cpu(description);
    CHECK(on_cpu.status == NF_NO_VARIANT);
    CHECK(contains(nf_last_error(), "it is for opencl, the problem for device cpu"));
    description.device = static_cast<nf_device>(7);
    const PlanOf nowhere(description);
    CHECK(nowhere.status == NF_INVALID_ARGUMENT);
}

namespace broken {

const nf_kernel_host *host;

int load(void **) {
    static constexpr char kCode[] = "this is no OpenCL";
    return host->load_code(kCode, sizeof kCode);
}

int launch(const char *entry, int threads) {
    static constexpr char kCode[] = "__kernel void present(__local char *shared) { }";
    if (const int failed = host->load_code(kCode, sizeof kCode)) return failed;
    const int grid[] = {1, 1, 1, threads, 1, 1};
    const size_t sizes[] = {0};
    void *arguments[] = {nullptr};
    const int8_t is_buffer[] = {0};
    return host->launch(entry, grid, 0, sizes, arguments, is_buffer);
}

int launch_absent(void **) {
    return launch("absent", 1);
}

int launch_too_many_threads(void **) {
    return launch("present", 1 << 20);
}

constexpr uint8_t kRoles[] = {NF_ROLE_x, NF_ROLE_y};

nf_kernel kernel(const char *name, int (*run)(void **)) {
    nf_kernel made{};
    made.name = name;
    made.target = "opencl";
    made.parameters = "";
    made.op = NF_FORWARD_INFERENCE;
    made.form = NF_FORM_INNER;
    made.store = NF_STORE_CACHED;
    made.forced_only = 1;
    made.role_count = 2;
    made.roles = kRoles;
    made.run = run;
    return made;
}

const nf_kernel kKernels[] = {kernel("broken_code", &load), kernel("broken_entry", &launch_absent),
                              kernel("broken_launch", &launch_too_many_threads)};
const nf_kernel_table kTable = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), "broken", kKernels, 3, &host};

} // namespace broken

TEST_CASE("Code that does not load is refused when the plan is made, a launch that fails when it runs") {
    Problem problem = device_problem("forward_inference:f32:nchw:2x3x20x20");
    REQUIRE(nf_register(&broken::kTable) == NF_SUCCESS);
    problem.description.variant = "broken_code";
    const PlanOf code(problem.description);
    CHECK(code.status == NF_KERNEL_FAILED);
    CHECK(contains(nf_last_error(), "broken_code returned 1: OpenCL: clBuildProgram"));

    require_right(device_problem("forward_inference:f32:nchw:2x3x20x20"));
    problem.description.variant = "broken_entry";
    const PlanOf entry(problem.description);
    CHECK(entry.status == NF_KERNEL_FAILED);
    CHECK(contains(nf_last_error(), "broken_entry returned 1: OpenCL: clCreateKernel"));

    problem.description.variant = nullptr;
    const Inputs inputs = make_inputs(problem.description, {});
    CHECK_THROWS_WITH(run(problem, inputs, {"broken_launch"}), Catch::Contains("clEnqueueNDRangeKernel"));
    require_right(problem);
}

TEST_CASE("A workspace that is too small is refused") {
    const Problem problem = device_problem("forward_train:f32:nchw:2x3x20x20");
    const PlanOf made(problem.description);
    REQUIRE(made.status == NF_SUCCESS);
    REQUIRE(nf_plan_workspace_size(made.plan) > 0);
    GuardedOperands operands(problem, make_inputs(problem.description, {}), Edge::end, {});
    alignas(NF_WORKSPACE_ALIGNMENT) static char workspace[64];
    operands.call.workspace = workspace;
    operands.call.workspace_size = 1;
    CHECK(nf_plan_execute(made.plan, &operands.call) == NF_WORKSPACE_TOO_SMALL);
}
