// SPDX-License-Identifier: MIT
// What kernels are given: buffers, channel arrays, workspace; and what an execution does with the result.
#include "tests/unit/run.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

using namespace normforge;
using namespace normforge::unit;

namespace {

using Dimensions = std::vector<std::pair<int, int>>;

/// Elements of x after one index along the channel axis.
int64_t inside(const nf_description &d) {
    int64_t count = 1;
    for (int i = (d.axis < 0 ? d.axis + d.x.rank : d.axis) + 1; i < d.x.rank; ++i) count *= d.x.extents[i];
    return count;
}

} // namespace

TEST_CASE("each form's kernel reaches every element and its channel") {
    register_fakes();
    const char *const problem = GENERATE(
        "forward_inference:f32:nchw:3x5x20x16", "forward_inference:f32:nchw:3x6x7x7", "forward_inference:f32:nhwc:3x7x5x6",
        "forward_inference:f32:nc:9x4", "forward_inference:f32:any:4x6x3x2:axis=0", "forward_inference:f32:any:7:axis=0",
        "forward_inference:f32:any:2x3x40x9:axis=1", "forward_inference:f32:nchw:3x5x6x6:strides=300x40x6x1",
        "forward_inference:f32:nchw:3x6x4x4:strides=96x1x24x6", "forward_inference:f32:nchw:1x1x1x1",
        "forward_inference:f32:nchw:1x6x1x1:strides=9x9x9x9",
        "forward_inference:f32:nchw:16x64x40x40", // over kSerialBytes
        // reversed order
        "forward_inference:f32:nchw:3x5x20x16:strides=-1600x320x16x1",
        "forward_inference:f32:nchw:3x5x20x16:strides=1600x-320x16x1",
        "forward_inference:f32:nchw:3x5x20x16:strides=-1600x-320x-16x-1",
        "forward_inference:f32:nhwc:3x7x5x6:strides=-210x-30x-6x1", "forward_inference:f32:nhwc:3x7x5x6:strides=210x30x6x-1",
        // rows that do not merge, and no contiguous axis
        "forward_inference:f32:nchw:3x6x7x5:strides=300x1x30x6", "forward_inference:f32:nchw:9x6x1x4:strides=100x1x99x6",
        "forward_inference:f32:nchw:3x5x4x4:strides=200x32x8x2", "forward_inference:f32:nchw:9x5x1x2:strides=200x32x8x2",
        "forward_inference:f32:nhwc:3x7x5x6:strides=490x70x14x2");
    INFO(problem);
    Run run(problem);
    run.description.threads = 2;
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(std::string(nf_last_variant()) == nf_plan_variant(run.plan.get()));

    const auto x = run.memory.values(OperandId::x), y = run.memory.values(OperandId::y);
    const auto mean = run.memory.values(OperandId::running_mean), variance = run.memory.values(OperandId::running_variance);
    const auto gamma = run.memory.values(OperandId::gamma), beta = run.memory.values(OperandId::beta);
    size_t wrong = 0;
    for (size_t i = 0; i < x.size(); ++i) {
        const size_t c = i / static_cast<size_t>(inside(run.description)) % mean.size();
        const double expected = (x[i] - mean[c]) * (gamma[c] / std::sqrt(variance[c] + 1e-5)) + beta[c];
        wrong += std::abs(y[i] - expected) > 1e-5 * (1 + std::abs(expected));
    }
    CHECK(wrong == 0);
}

TEST_CASE("gaps between the elements stay as they are") {
    register_fakes();
    Run run("forward_inference:f32:nchw:3x5x6x6:strides=300x40x6x1");
    std::string bytes = run.memory.bytes_of(OperandId::y);
    REQUIRE(run.execute() == NF_SUCCESS);
    const std::string after = run.memory.bytes_of(OperandId::y);
    size_t changed = 0;
    for (size_t i = 0; i < bytes.size(); i += sizeof(float)) changed += bytes.compare(i, 4, after, i, 4) != 0;
    CHECK(changed <= 3 * 5 * 36);
}

TEST_CASE("buffers have the extents, strides and types that kernels are compiled for") {
    register_fakes();
    Run run("forward_train:f32:nhwc:8x5x10x3:relu:strides=200x40x4x1");
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_x].dimensions == Dimensions{{3, 1}, {400, 4}});
    CHECK(seen[NF_ROLE_y].dimensions == Dimensions{{3, 1}, {400, 4}});
    CHECK(seen[NF_ROLE_x].host == run.memory.tensors.x);
    CHECK(seen[NF_ROLE_gamma].dimensions == Dimensions{{3, 1}});
    CHECK(seen[NF_ROLE_partial_0].dimensions ==
          Dimensions{{kChannelStep, 1}, {2, kChannelStep}}); // 400 rows: 25 tiles, 2 chunks
    CHECK(seen[NF_ROLE_partial_0].bits == 64);
    CHECK(seen[NF_ROLE_chunks].number == 2);
    CHECK(seen[NF_ROLE_x].bits == 32);
}

TEST_CASE("triples are seen as [part][3][c], their parts as channel arrays") {
    register_fakes();
    nf_description d = parse_problem("merge:f32:nc:4x5").description;
    d.parts = 3;
    Run merge(d);
    REQUIRE(merge.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_triples].dimensions == Dimensions{{5, 1}, {3, 5}, {3, 15}});
    CHECK(seen[NF_ROLE_triples].host == merge.memory.tensors.triples.data);
    CHECK(seen[NF_ROLE_merged_2].dimensions == Dimensions{{5, 1}});
    CHECK(seen[NF_ROLE_merged_2].host == static_cast<double *>(merge.memory.tensors.merged.data) + 10);

    Run stats("stats:f32:nchw:2x6x3x3");
    REQUIRE(stats.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_triple_1].dimensions == Dimensions{{6, 1}, {1, 0}}); // one group
    CHECK(seen[NF_ROLE_triple_1].host == static_cast<double *>(stats.memory.tensors.triples.data) + 6);
    CHECK(seen[NF_ROLE_triple_1].bits == 64);
}

TEST_CASE("statistics in f64 have their own kernels and arrays of double") {
    register_fakes();
    nf_description d = parse_problem("forward_train:f32:nchw:2x6x3x3").description;
    d.statistics = NF_CHANNEL_F64;
    Run run(d);
    CHECK(std::string(nf_plan_variant(run.plan.get())) == "forward_train_f32_small_planes_none_stats64");
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_mean].bits == 64);
    CHECK(seen[NF_ROLE_gamma].bits == 32);
    d.statistics = NF_CHANNEL_F32;
    CHECK(std::string(nf_plan_variant(PlanOwner(d).get())) == "forward_train_f32_small_planes_none");
    d.x.dtype = NF_F64;
    d.statistics = NF_CHANNEL_F64;
    d.parameters = NF_CHANNEL_F64;
    CHECK(std::string(nf_plan_variant(PlanOwner(d).get())) == "forward_train_f64_small_planes_none");
}

TEST_CASE("absent channel arrays are replaced: ones, zeros, cleared or scratch") {
    register_fakes();
    Run run("forward_train:f32:nhwc:4x5x10x3:relu");
    nf_tensors &tensors = run.memory.tensors;
    for (const OperandId id : {OperandId::gamma, OperandId::beta, OperandId::saved_mean, OperandId::saved_variance,
                               OperandId::saved_invstd, OperandId::running_mean, OperandId::running_variance})
        std::memset(reinterpret_cast<char *>(&tensors) + operand(id).offset, 0, sizeof(void *));
    const size_t size = nf_plan_workspace_size(run.plan.get());
    CHECK(size % NF_WORKSPACE_ALIGNMENT == 0);
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_gamma].first == std::vector<double>(3, 1));
    CHECK(seen[NF_ROLE_beta].first == std::vector<double>(3, 0));
    CHECK(seen[NF_ROLE_running_mean].first == std::vector<double>(3, 0));
    CHECK(seen[NF_ROLE_running_variance].first == std::vector<double>(3, 0));
    CHECK(std::isnan(seen[NF_ROLE_invstd].first[0])); // written by the kernel, not read
    std::vector<uintptr_t> pieces;
    for (nf_role role : {NF_ROLE_mean, NF_ROLE_variance, NF_ROLE_invstd, NF_ROLE_running_mean, NF_ROLE_running_variance,
                         NF_ROLE_partial_0, NF_ROLE_partial_1, NF_ROLE_scale}) {
        const auto at = reinterpret_cast<uintptr_t>(seen[role].host) - reinterpret_cast<uintptr_t>(tensors.workspace);
        CHECK(at < size);
        CHECK(at % NF_WORKSPACE_ALIGNMENT == 0);
        pieces.push_back(at);
    }
    std::sort(pieces.begin(), pieces.end());
    CHECK(std::adjacent_find(pieces.begin(), pieces.end()) == pieces.end());

    float given[3] = {4, 4, 4}, other[3] = {5, 5, 5};
    tensors.gamma = {given, 3};
    tensors.running_mean = {other, 3};
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_gamma].host == given);
    CHECK(seen[NF_ROLE_running_mean].first == std::vector<double>(3, 5));
    CHECK(other[0] != 5);
}

TEST_CASE("a plan asks for the scratch of its kernels and no more") {
    register_fakes();
    const auto [problem, arrays] = GENERATE(table<const char *, size_t>({
        {"forward_train:f32:nchw:2x6x3x3", 5},                // for outputs that may be absent
        {"forward_inference:f32:nchw:2x6x3x3", 1},            // invstd
        {"forward_inference:f32:nhwc:2x3x3x6", 2},            // and scale
        {"backward_train:f32:nchw:2x6x3x3", 0},               // everything is given
        {"backward_train:f32:nchw:2x6x3x3:none:grad=wnn", 2}, // dgamma and dbeta that nobody asked for
        {"backward_frozen:f32:nchw:2x6x3x3:none:grad=wnn", 1},
        {"backward_train:f32:nchw:2x6x3x3:none:grad=ann", 3 + 1}, // a triple in f64, 144 bytes; invstd
        {"stats:f32:nchw:2x6x3x3", 0},
    }));
    INFO(problem);
    CHECK(nf_plan_workspace_size(PlanOwner(parse_problem(problem).description).get()) == arrays * NF_WORKSPACE_ALIGNMENT);
}

TEST_CASE("statistics come from the operands of the op, and a flag says which they are") {
    register_fakes();
    const auto [problem, mean, deviation, inverted] = GENERATE(table<const char *, OperandId, OperandId, int>({
        {"forward_inference:f32:nchw:2x3x2x2", OperandId::running_mean, OperandId::running_variance, 0},
        {"apply:f32:nchw:2x3x2x2", OperandId::saved_mean, OperandId::saved_invstd, 1},
        {"backward_frozen:f32:nchw:2x3x2x2", OperandId::running_mean, OperandId::running_variance, 0},
        {"backward_reduce:f32:nchw:2x3x2x2:relu", OperandId::saved_mean, OperandId::saved_invstd, 1},
        {"backward_apply:f32:nchw:2x3x2x2", OperandId::saved_mean, OperandId::saved_invstd, 1},
        {"backward_residual:f32:nchw:2x3x2x2:add_silu", OperandId::saved_mean, OperandId::saved_invstd, 1},
    }));
    INFO(problem);
    Run run(problem);
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_mean].host == operand(mean).pointer(run.memory.tensors));
    CHECK(seen[NF_ROLE_deviation].host == operand(deviation).pointer(run.memory.tensors));
    CHECK(seen[NF_ROLE_inverted].number == inverted);
    const auto *const workspace = static_cast<const unsigned char *>(run.memory.tensors.workspace);
    if (seen[NF_ROLE_invstd].host) CHECK(seen[NF_ROLE_invstd].host >= workspace); // scratch, not saved_invstd
}

TEST_CASE("scalars reach the kernels") {
    register_fakes();
    nf_description d = parse_problem("forward_train:f32:nchw:2x3x2x2:leaky_relu").description;
    d.eps = 0.25;
    d.momentum = 0.75;
    d.slope = 0.5;
    Run plain(d);
    REQUIRE(plain.execute() == NF_SUCCESS);
    CHECK(seen[NF_ROLE_eps].number == 0.25);
    CHECK(seen[NF_ROLE_momentum].number == 0.75);
    CHECK(seen[NF_ROLE_slope].number == 0.5);
    CHECK(seen[NF_ROLE_unbiased].number == 0);
    CHECK(seen[NF_ROLE_plane].number == 4);

    d.running_variance = NF_VARIANCE_UNBIASED;
    d.average = NF_AVERAGE_CUMULATIVE;
    Run cumulative(d);
    for (const int64_t batches : {0, 1, 3}) { // of one plan: the momentum is of each execution
        cumulative.memory.tensors.batches_averaged = batches;
        REQUIRE(cumulative.execute() == NF_SUCCESS);
        CHECK(seen[NF_ROLE_momentum].number == static_cast<double>(batches) / static_cast<double>(batches + 1));
        CHECK(seen[NF_ROLE_unbiased].number == 1);
    }
}

TEST_CASE("momentum may be said as the weight of the new value") {
    CHECK(nf_momentum_of_new(0.25) == 0.75);
}

TEST_CASE("a plan that streams runs the cached variant where the output is not aligned") {
    register_fakes();
    nf_description d = parse_problem("forward_inference:f32:nchw:1x1x32x32").description;
    d.store = NF_STORE_STREAM;
    const PlanOwner plan(d);
    OperandMemory memory(d, plan.get());
    alignas(64) static float y[1024 + 16];
    for (const auto &[offset, variant] :
         {std::pair(0, "forward_inference_f32_inner_none_stream"), std::pair(1, "forward_inference_f32_inner_none"),
          std::pair(8, "forward_inference_f32_inner_none"), std::pair(16, "forward_inference_f32_inner_none_stream")}) {
        memory.tensors.y = y + offset;
        y[offset + 1023] = 1e6f;
        REQUIRE(nf_plan_execute(plan.get(), &memory.tensors) == NF_SUCCESS);
        CHECK(std::string(nf_last_variant()) == variant);
        CHECK(y[offset + 1023] != 1e6f);
    }
}

TEST_CASE("an empty batch writes empty sums and nothing else") {
    register_fakes();
    const auto [problem, sums] = GENERATE(table<const char *, std::vector<OperandId>>({
        {"backward_train:f32:nchw:0x3x5x4", {OperandId::dgamma, OperandId::dbeta}},
        {"backward_train:f32:nchw:2x3x0x4", {OperandId::dgamma, OperandId::dbeta}},
        {"backward_train:f32:nchw:0x3x1099511627776x1099511627776", {OperandId::dgamma, OperandId::dbeta}},
        {"backward_frozen:f32:nchw:0x3x5x4:add_relu", {OperandId::dgamma, OperandId::dbeta}},
        {"forward_train:f32:nchw:0x3x5x4", {}},
        {"stats:f32:nchw:0x3x5x4", {OperandId::triples}},
        {"backward_reduce:f32:nchw:0x3x5x4", {OperandId::triples}},
        {"backward_apply:f32:nchw:0x3x5x4", {}},
        {"backward_train:f32:nc:4x0", {}},
    }));
    INFO(problem);
    nf_description d = parse_problem(problem).description;
    const bool adds = GENERATE(false, true);
    if (adds) d.dgamma_gradient = d.dbeta_gradient = NF_GRADIENT_ADD;
    Run run(d);
    CHECK(nf_plan_workspace_size(run.plan.get()) == 0);
    CHECK(std::string(nf_plan_variant(run.plan.get())).empty());
    std::map<OperandId, std::string> before;
    for (size_t i = 0; i < kOperandCount; ++i)
        before[static_cast<OperandId>(i)] = run.memory.bytes_of(static_cast<OperandId>(i));
    CHECK(run.execute() == NF_SUCCESS);
    CHECK(fake_runs.empty());
    for (const auto &[id, bytes] : before) {
        INFO(operand(id).name);
        const bool zeroed = std::find(sums.begin(), sums.end(), id) != sums.end() && !(adds && id != OperandId::triples);
        if (zeroed)
            for (const double value : run.memory.values(id)) CHECK(value == 0);
        else
            CHECK((run.memory.bytes_of(id) == bytes));
    }
}

TEST_CASE("merge works on triples, whatever the batch") {
    register_fakes();
    Run run("merge:f32:nchw:0x3x5x4");
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(fake_runs == std::vector<std::string>{"merge_f32"});
}

TEST_CASE("a kernel's failure is reported") {
    register_fakes();
    Run run("forward_inference:f32:nchw:2x3x2x2");
    fake_result = -14;
    CHECK(run.execute() == NF_KERNEL_FAILED);
    CHECK(std::string(nf_last_error()) == "forward_inference_f32_small_planes_none returned -14");
    fake_result = 0;
    CHECK(run.execute() == NF_SUCCESS);
}
