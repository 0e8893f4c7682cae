// SPDX-License-Identifier: MIT
// What plans for a device do besides computing: same bits again, chunks of channels, choice by alignment, refusals, and that
// a refusal leaves nothing behind. With kernels for OpenCL, or where there is a GPU with those for CUDA.
#include "tests/support/compare.h"
#include "tests/support/cuda_operands.h"
#include "tests/support/environment.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <cstring>
#include <dlfcn.h>
#include <normforge/kernel_table.h>
#include <optional>
#include <string_view>
#include NF_GPU_HEADER

using namespace normforge;
using namespace normforge::testing;

namespace {

/// A device by its words, kernels for it that fail, and what its driver calls what then fails.
struct DeviceWords {
    const char *device, *target_of_symbols;
    const char *broken_code, *code; ///< the latter with an entry "present"
    const char *load_code, *find_entry, *launch;
};
constexpr DeviceWords kOpenCl = {"opencl",
                                 "opencl",
                                 "this is no OpenCL",
                                 "__kernel void present(__local char *shared) { }",
                                 "OpenCL: clBuildProgram",
                                 "OpenCL: clCreateKernel",
                                 "clEnqueueNDRangeKernel"};
constexpr DeviceWords kCuda = {"cuda",
                               "cuda_80",
                               "this is no PTX",
                               ".version 7.0\n.target sm_80\n.address_size 64\n.visible .entry present() { ret; }\n",
                               "CUDA: cuModuleLoadData",
                               "CUDA: cuModuleGetFunction",
                               "cuLaunchKernel"};
constexpr bool kIsCuda = std::string_view(NF_GPU_TARGET) == "cuda-80";
constexpr DeviceWords kWords = kIsCuda ? kCuda : kOpenCl;

Problem device_problem(const std::string &text) {
    REQUIRE(nf_register(&NF_GPU_TABLE) == NF_SUCCESS);
    if (kIsCuda) use_cuda_device();
    return parse_problem(text + ":device=" + kWords.device);
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

/// Operands and workspace of one call, where the device has them.
struct DeviceCall {
    DeviceCall(const Problem &problem, const nf_plan *plan)
        : operands(problem, make_inputs(problem.description, {}), Edge::begin),
          workspace(nf_plan_workspace_size(plan), Edge::begin),
          tensors(operands.call) {
        tensors.workspace = workspace.data();
        tensors.workspace_size = workspace.size();
        if (kIsCuda) tensors = on_device.emplace(operands, workspace.size()).call;
    }
    GuardedOperands operands;
    GuardedBuffer workspace;
    std::optional<CudaOperands> on_device;
    nf_tensors tensors;
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
        if (!kIsCuda) CHECK(contains(nf_plan_describe(made.plan), "pieces")); // GPUs have larger caches
        require_right(problem);
    }
}

TEST_CASE("Chunks of channels and whole problems are both right, whatever the device's cache") {
    const auto [bytes, cuts] = GENERATE(table<const char *, bool>({{"0", false}, {"400000", true}}));
    const Environment chunk("NORMFORGE_GPU_CHUNK", bytes);
    for (const char *text : {"forward_train:f32:nchw:4x50x32x32", "backward_train:f32:nwc:40x9x400:relu"}) {
        const Problem problem = device_problem(text);
        const PlanOf made(problem.description);
        REQUIRE(made.status == NF_SUCCESS);
        CHECK(contains(nf_plan_describe(made.plan), "pieces") == cuts);
        require_right(problem);
    }
}

TEST_CASE("What spans more than a piece runs in phases, piece by piece") {
    const auto [text, last_kernel] = GENERATE(table<const char *, const char *>({
        {"forward_train:f32:nchw:6x4x20x20:relu", "forward_inference"},
        {"forward_train:f32:nhwc:6x20x20x12:relu", "forward_inference"},
        {"backward_train:f32:nchw:6x4x20x20:relu", "backward_apply"},
        {"backward_train:f32:nhwc:6x20x20x12:relu", "backward_apply"},
    }));
    const Problem problem = device_problem(text);
    const int64_t elements =
        canonicalise(problem.description.x, problem.description.x, problem.description.axis).shape.count();
    const Environment pieces("NORMFORGE_PIECE", std::to_string(elements / 3));
    const PlanOf made(problem.description);
    REQUIRE(made.status == NF_SUCCESS);
    INFO(nf_plan_describe(made.plan));
    CHECK(contains(nf_plan_describe(made.plan), "pieces: 3 of"));
    CHECK(contains(nf_plan_describe(made.plan), "3 share a channel"));
    CHECK(contains(require_right(problem).variant, last_kernel));
}

TEST_CASE("Long batches and few channels") {
    require_right(device_problem("forward_train:f32:nc:140000x1"));
    require_right(device_problem("forward_train:f32:ncw:70000x1x3"));
    require_right(device_problem("backward_train:f32:nc:70000x5:relu"));
}

TEST_CASE("Channels of several parts in ops that only reduce, and in backward with stored statistics") {
    for (const std::string shape : {"f32:nchw:12x3x64x64", "f32:nhwc:5x40x40x64"}) { // 3 and 8 parts
        require_right(device_problem("stats:" + shape));
        require_right(device_problem("backward_reduce:" + shape + ":relu"));
        require_right(device_problem("backward_frozen:" + shape + ":relu"));
    }
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
        DeviceCall call(problem, made.plan);
        void *&gamma = call.tensors.gamma.data; // the element past the end is not the operand's, but can be read
        gamma = static_cast<float *>(gamma) + shift;
        REQUIRE(nf_plan_execute(made.plan, &call.tensors) == NF_SUCCESS);
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
    const std::string variant = std::string("nf_forward_train_f32_inner_add_relu_cached_") + kWords.target_of_symbols;
    description.variant = variant.c_str();
    const PlanOf on_cpu(description);
    CHECK(on_cpu.status == NF_NO_VARIANT);
    CHECK(contains(nf_last_error(), std::string("it is for ") + NF_GPU_TARGET + ", the problem for device cpu"));
    description.device = static_cast<nf_device>(7);
    const PlanOf nowhere(description);
    CHECK(nowhere.status == NF_INVALID_ARGUMENT);
}

namespace broken {

const nf_kernel_host *host;

int load(void **) {
    return host->load_code(kWords.broken_code, std::strlen(kWords.broken_code) + 1);
}

int launch(const char *entry, int threads) {
    if (const int failed = host->load_code(kWords.code, std::strlen(kWords.code) + 1)) return failed;
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
    made.target = NF_GPU_TARGET;
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
    CHECK(contains(nf_last_error(), std::string("broken_code returned 1: ") + kWords.load_code));

    require_right(device_problem("forward_inference:f32:nchw:2x3x20x20"));
    problem.description.variant = "broken_entry";
    const PlanOf entry(problem.description);
    CHECK(entry.status == NF_KERNEL_FAILED);
    CHECK(contains(nf_last_error(), std::string("broken_entry returned 1: ") + kWords.find_entry));

    problem.description.variant = nullptr;
    const Inputs inputs = make_inputs(problem.description, {});
    CHECK_THROWS_WITH(run(problem, inputs, {"broken_launch"}), Catch::Contains(kWords.launch));
    require_right(problem);
}

TEST_CASE("A workspace that is too small is refused") {
    const Problem problem = device_problem("forward_train:f32:nchw:2x3x20x20");
    const PlanOf made(problem.description);
    REQUIRE(made.status == NF_SUCCESS);
    REQUIRE(nf_plan_workspace_size(made.plan) > 0);
    DeviceCall call(problem, made.plan);
    --call.tensors.workspace_size;
    CHECK(nf_plan_execute(made.plan, &call.tensors) == NF_WORKSPACE_TOO_SMALL);
}
