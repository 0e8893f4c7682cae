// SPDX-License-Identifier: MIT
// Problems that no kernel takes as a whole: the grid, the composition of phases over it, and its limits.
#include "runtime/names.h"
#include "runtime/partition.h"
#include "runtime/pieces.h"
#include "tests/support/sparse_memory.h"
#include "tests/unit/run.h"
#include <catch2/catch.hpp>
#include <optional>

using namespace normforge;
using namespace normforge::unit;

namespace {

constexpr int64_t kBillion = 1000000000;

Grid grid_of(const char *problem, int64_t limit) {
    CheckedProblem checked;
    const Status status = check_description(parse_problem(problem).description, checked);
    INFO(problem << ": " << status.text);
    REQUIRE_FALSE(status.failed());
    return cut(checked.tensors, checked.form, limit);
}

std::string text_of(const std::array<int64_t, kGridAxes> &numbers) {
    return std::to_string(numbers[kOuter]) + " " + std::to_string(numbers[kN]) + " " + std::to_string(numbers[kC]) + " " +
           std::to_string(numbers[kS]);
}

} // namespace

TEST_CASE("boxes are the largest that fit, innermost axes whole first") {
    // outer, n, c, s
    const auto [problem, limit, blocks] = GENERATE(table<const char *, int64_t, const char *>({
        {"stats:f32:nchw:2x3x20x30", kReach, "1 2 3 600"},
        {"stats:f32:nchw:2x3x20x30", 3599, "1 1 3 600"},
        {"stats:f32:nchw:2x3x20x30", 1200, "1 1 2 600"},
        {"stats:f32:nchw:2x3x20x30", 600, "1 1 1 600"},
        {"stats:f32:nchw:2x3x20x30", 7, "1 1 1 7"},
        {"stats:f32:nchw:2x3x4x5", 7, "1 1 1 20"}, // small planes are never cut
        {"stats:f32:nchw:2x3x4x5", 60, "1 1 3 20"},
        {"stats:f32:nhwc:2x4x5x3", 7, "1 2 3 1"},
        {"stats:f32:nhwc:2x4x5x3", 2, "1 1 2 1"},
        {"stats:f32:any:6x5x300:axis=0", 3000, "1 1 2 1500"},                    // channels outermost
        {"stats:f32:nchw:7x3x20x30:strides=600x4200x30x1", 4200, "1 7 1 600"},   // the same by strides
        {"stats:f32:nchw:7x3x20x30:strides=-600x-4200x30x1", 4200, "1 7 1 600"}, // and backwards
        {"stats:f32:nchw:2x3x4x5:strides=80x1x15x3", kReach, "1 20 3 1"},
        // out of reach in earnest
        {"stats:bf16:nchw:1x2x50000x50000", kReach, "1 1 1 2147418112"},
        {"stats:bf16:nchw:8x64x3000x3000", kReach, "1 3 64 9000000"},
        {"stats:bf16:nc:3x3000000000", kReach, "1 1 16776704 1"}, // partial results are 64 times as many
        {"stats:bf16:nc:3x4:strides=3000000000x1", kReach, "1 1 4 1"},
        {"stats:bf16:nchw:2x3x20x30:strides=1800x3000000000x30x1", kReach, "1 2 1 600"},
    }));
    INFO(problem << ", " << limit);
    CHECK(text_of(grid_of(problem, limit).block) == blocks);
}

TEST_CASE("all boxes of a grid together are the tensor, and none is out of reach") {
    const auto [problem, limit] = GENERATE(table<const char *, int64_t>({
        {"stats:f32:nchw:5x7x20x30", 2000},
        {"stats:f32:nchw:5x7x4x5", 50},
        {"stats:f32:nhwc:5x4x5x7", 30},
        {"stats:bf16:nchw:8x64x3000x3001", kReach},
        {"stats:f32:nchw:5x7x4x5:strides=300x1x35x7", 9},
    }));
    const Grid grid = grid_of(problem, limit);
    int64_t elements = 0;
    for (int64_t n = 0; n < grid.count(kN); ++n)
        for (int64_t c = 0; c < grid.count(kC); ++c)
            for (int64_t s = 0; s < grid.count(kS); ++s)
                elements += grid.count(kOuter) * grid.extent(kN, grid.has_tail(kN) && n + 1 == grid.count(kN)) *
                            grid.extent(kC, grid.has_tail(kC) && c + 1 == grid.count(kC)) *
                            grid.extent(kS, grid.has_tail(kS) && s + 1 == grid.count(kS));
    int64_t expected = 1;
    for (const int64_t extent : grid.extents) expected *= extent;
    CHECK(elements == expected);
    CHECK(grid.boxes() > 1);
}

TEST_CASE("few long channels are cut into parts for threads, by shape alone") {
    const auto [problem, blocks] = GENERATE(table<const char *, const char *>({
        {"forward_train:f32:nchw:1x1x1024x1024", "1 1 1 65536"},
        {"forward_train:f32:nchw:1x1x1024x1031", "1 1 1 66560"}, // whole tiles of 1024 elements
        {"forward_train:f32:nchw:3x2x1024x1024", "1 1 2 209920"},
        {"forward_train:f32:nchw:19x3x256x256", "1 2 3 65536"},
        {"forward_train:f32:nchw:70000x3x4x4", "1 4375 3 16"},
        {"forward_train:f32:nchw:1x1x1024x1023", "1 1 1 1047552"}, // not long
        {"forward_train:f32:nchw:1x4x1024x1024", "1 1 4 1048576"}, // not few
        {"forward_train:f32:nhwc:1x1024x1024x2", "1 1048576 2 1"}, // rows have chunks
    }));
    INFO(problem);
    CheckedProblem checked;
    REQUIRE_FALSE(check_description(parse_problem(problem).description, checked).failed());
    Grid grid = cut(checked.tensors, checked.form, kReach);
    REQUIRE(grid.boxes() == 1);
    split_few_channels(grid, checked.form);
    CHECK(text_of(grid.block) == blocks);
    CHECK(grid.side_by_side == (grid.boxes() > 1));
}

TEST_CASE("boxes have so few channels that the triples of all parts are in reach") {
    Grid grid{{1000000, 1, 1000, 1}, {1, 1, 1000, 1}};
    REQUIRE_FALSE(limit_triples(grid).failed());
    CHECK(grid.block[kC] == 715);
    Grid few{{10, 1, 1000, 1}, {1, 1, 1000, 1}};
    REQUIRE_FALSE(limit_triples(few).failed());
    CHECK(few.block[kC] == 1000);
}

TEST_CASE("in pieces or whole, results agree, and nothing else changes") {
    register_fakes();
    const nf_op op = GENERATE(from_range(values_of<nf_op>()));
    const std::string shape =
        GENERATE(":f32:nchw:4x6x3x5", ":f32:nchw:3x5x20x16", ":f32:nhwc:4x3x5x6", ":f32:nchw:4x6x3x5:strides=200x1x35x7",
                 ":f32:nchw:4x6x3x5:strides=-180x30x-10x-2", ":f32:any:5x3x300:axis=0");
    const bool adds = GENERATE(false, true);
    nf_description d = parse_problem("backward_train" + shape).description;
    d.y = d.residual = d.dresidual = d.dx;
    d.op = op;
    d.epilogue = NF_EPILOGUE_ADD_SILU;
    d.parts = 3;
    d.running_variance = NF_VARIANCE_UNBIASED;
    if (adds) d.dx_gradient = d.dgamma_gradient = d.dresidual_gradient = NF_GRADIENT_ADD;
    Run whole(d);
    REQUIRE(whole.execute() == NF_SUCCESS);
    for (const char *limit : {"1", "7", "100", "600"}) {
        INFO(name_of(op) << shape << " in pieces of " << limit);
        const Environment environment("NORMFORGE_PIECE", limit);
        Run pieces(d);
        REQUIRE(pieces.execute() == NF_SUCCESS);
        for (size_t i = 0; i < kOperandCount; ++i) {
            INFO(kOperands[i].name);
            const auto id = static_cast<OperandId>(i);
            CHECK(difference(pieces.memory.values(id), whole.memory.values(id)) < 1e-5);
        }
        CHECK(pieces.memory.workspace_intact());
    }
}

TEST_CASE("reductions in parts run in phases, all boxes one phase after the other") {
    register_fakes();
    const Environment environment("NORMFORGE_PIECE", "90"); // an image of 6 channels
    const auto [op, kernels] = GENERATE(table<const char *, const char *>({
        {"forward_train", "stats, stats, merge, forward_inference, forward_inference"},
        {"stats", "stats, stats, merge"},
        {"apply", "forward_inference, forward_inference"},
        {"backward_train", "backward_reduce, backward_reduce, backward_merge, backward_apply, backward_apply"},
        {"backward_frozen",
         "backward_reduce, backward_reduce, backward_merge, backward_apply frozen, backward_apply frozen"},
        {"backward_reduce", "backward_reduce, backward_reduce, backward_merge"},
    }));
    Run run((std::string(op) + ":f32:nchw:2x6x3x5").c_str());
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(runs_text() == kernels);
    CHECK_THAT(nf_plan_describe(run.plan.get()),
               Catch::Contains("pieces: 2 of at most n 1, c 6, s 15; 2 share a channel\n"));
}

TEST_CASE("boxes that share no channel run the fused kernels") {
    register_fakes();
    const Environment environment("NORMFORGE_PIECE", "1800");
    Run run("forward_train:f32:any:5x3x300:axis=0");
    REQUIRE(run.execute() == NF_SUCCESS);
    CHECK(runs_text() == "forward_train, forward_train, forward_train");
}

TEST_CASE("in place in pieces gives the same as out of place") {
    register_fakes();
    const Environment environment("NORMFORGE_PIECE", "40");
    const auto [problem, output, input] = GENERATE(table<const char *, OperandId, OperandId>({
        {"forward_train:f32:nchw:4x6x3x5:add_relu", OperandId::y, OperandId::x},
        {"backward_train:f32:nchw:4x6x3x5:add_silu", OperandId::dx, OperandId::dy},
    }));
    Run apart(problem), in_place(problem);
    in_place.memory.alias(output, input);
    REQUIRE(apart.execute() == NF_SUCCESS);
    REQUIRE(in_place.execute() == NF_SUCCESS);
    CHECK((in_place.memory.values(output) == apart.memory.values(output)));
    CHECK((in_place.memory.values(OperandId::dresidual) == apart.memory.values(OperandId::dresidual)));
}

TEST_CASE("absent statistics of a forward_train in parts live in the workspace from phase to phase") {
    register_fakes();
    const Environment environment("NORMFORGE_PIECE", "40");
    Run given("forward_train:f32:nchw:4x60x3x5"), absent("forward_train:f32:nchw:4x60x3x5");
    nf_tensors &t = absent.memory.tensors;
    t.saved_mean = t.saved_variance = t.saved_invstd = t.running_mean = t.running_variance = {};
    REQUIRE(given.execute() == NF_SUCCESS);
    REQUIRE(absent.execute() == NF_SUCCESS);
    CHECK((absent.memory.values(OperandId::y) == given.memory.values(OperandId::y)));
    CHECK(absent.memory.workspace_intact()); // 30 ranges of channels share the scratch for the rest
}

TEST_CASE("a step of a plan in pieces streams where its boxes are aligned") {
    register_fakes();
    nf_description d = parse_problem("forward_inference:f32:nchw:2x3x32x33").description;
    d.store = NF_STORE_STREAM;
    const Environment environment("NORMFORGE_PIECE", "1000"); // planes of 992 + 64, boxes at multiples of 64 bytes
    Run run(d);
    run.execute();
    const Grid grid = grid_of("stats:f32:nchw:2x3x32x33", 1000);
    REQUIRE(text_of(grid.block) == "1 1 1 1000");
    CHECK(std::string(nf_plan_variant(run.plan.get())) == "forward_inference_f32_inner_none"); // 1000: no whole lines
    const Environment whole_lines("NORMFORGE_PIECE", "1024");
    Run streaming(d);
    REQUIRE(streaming.execute() == NF_SUCCESS);
    // 1056 elements are 66 lines: every box begins at a line and consists of lines, 1024 and 32 elements
    CHECK(fake_runs == std::vector<std::string>(12, "forward_inference_f32_inner_none_stream"));
}

TEST_CASE("strides beyond 32 bits work") {
    register_fakes();
    const int64_t stride = 3 * kBillion;
    const std::string op = GENERATE("forward_train", "forward_inference");
    nf_description d = parse_problem(op + ":f32:nchw:3x4x5x60:relu").description;
    Run dense(d);
    REQUIRE(dense.execute() == NF_SUCCESS);

    const int64_t strides[] = {stride, 300, 60, 1};
    std::copy_n(strides, 4, d.x.strides);
    d.y = d.x;
    const auto bytes = static_cast<size_t>(2 * stride + 1200) * sizeof(float);
    const testing::SparseMemory x(bytes), y(bytes);
    const std::vector<double> values = dense.memory.values(OperandId::x);
    const auto at = [&](size_t i) { return static_cast<int64_t>(i / 1200) * stride + static_cast<int64_t>(i % 1200); };
    for (size_t i = 0; i < values.size(); ++i) x.as<float>()[at(i)] = static_cast<float>(values[i]);
    const PlanOwner plan(d);
    CHECK_THAT(nf_plan_describe(plan.get()), Catch::Contains("pieces: 3 of at most n 1, c 4, s 300; 3 share a channel"));
    nf_tensors tensors = dense.memory.tensors;
    std::vector<unsigned char> workspace(nf_plan_workspace_size(plan.get()) + 64);
    tensors.workspace = workspace.data() + (64 - reinterpret_cast<uintptr_t>(workspace.data()) % 64);
    tensors.workspace_size = workspace.size() - 64;
    tensors.x = x.as<float>();
    tensors.y = y.as<float>();
    REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
    std::vector<double> result(values.size());
    for (size_t i = 0; i < values.size(); ++i) result[i] = static_cast<double>(y.as<float>()[at(i)]);
    CHECK(difference(result, dense.memory.values(OperandId::y)) < 1e-5);
}

TEST_CASE("the workspace of many pieces is their triples and little else") {
    register_fakes();
    nf_description d =
        parse_problem("backward_reduce:f32:nchw:1000000x2x1000x3000:strides=18000000x3000000x6000x2").description;
    d.x.extents[2] = 1000;
    const PlanOwner plan(d);
    const size_t size = nf_plan_workspace_size(plan.get());
    CHECK_THAT(nf_plan_describe(plan.get()), Catch::Contains("pieces: "));
    CHECK(size < 1000000ULL * 3 * 2 * 3 * sizeof(double));
}

TEST_CASE("what no kernel can merge is refused") {
    register_fakes();
    const auto [problem, parts, status, says] = GENERATE(table<const char *, int, nf_status, const char *>({
        {"stats:bf16:ncw:1073741824x1x1073741824:strides=2147483650x1x2", 1, NF_NO_VARIANT,
         "whose triples no kernel can merge: 715806037 at most"},
        {"merge:f32:nc:1x1000000", 1000, NF_NO_VARIANT,
         "1000 triples of 1000000 channels are out of the kernels' reach: with so many, 715806 channels at most"},
        {"backward_merge:f32:nc:1x1000000000000000", 1000, NF_OVERFLOW,
         "1000 triples of 1000000000000000 channels need more bytes than fit in 63 bits"},
    }));
    INFO(problem);
    nf_description d = parse_problem(problem).description;
    d.parts = parts;
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(&d, &plan) == status);
    CHECK_THAT(nf_last_error(), Catch::Contains(says));
}

TEST_CASE("a NORMFORGE_PIECE that is no size is refused when a plan is made") {
    register_fakes();
    const char *const value = GENERATE("0", "-1", "many", "5x", "99999999999");
    const Environment environment("NORMFORGE_PIECE", value);
    const nf_description d = parse_problem("stats:f32:nchw:2x3x4x5").description;
    nf_plan *plan = nullptr;
    CHECK(nf_plan_create(&d, &plan) == NF_INVALID_ARGUMENT);
    CHECK(std::string(nf_last_error()) ==
          std::string("NORMFORGE_PIECE is \"") + value + "\", expected a whole number from 1 to 2147418112");
}

TEST_CASE("NORMFORGE_GPU_CHUNK is bytes, or refused; unset or empty it says nothing") {
    const auto [text, bytes] = GENERATE(table<const char *, std::optional<int64_t>>(
        {{"", std::nullopt}, {"0", 0}, {"12345678", 12345678}, {"9223372036854775807", INT64_MAX}}));
    std::optional<int64_t> wanted;
    {
        const Environment environment("NORMFORGE_GPU_CHUNK", text);
        REQUIRE_FALSE(wanted_chunk(wanted).failed());
    }
    CHECK(wanted == bytes);
    wanted.reset();
    REQUIRE_FALSE(wanted_chunk(wanted).failed());
    CHECK(wanted == std::nullopt);
    const char *const wrong = GENERATE("-1", "1e6", "64k", "9223372036854775808");
    const Environment environment("NORMFORGE_GPU_CHUNK", wrong);
    const Status status = wanted_chunk(wanted);
    CHECK(status.code == NF_INVALID_ARGUMENT);
    CHECK(status.text ==
          std::string("NORMFORGE_GPU_CHUNK is \"") + wrong + "\", expected a whole number from 0 to 9223372036854775807");
}

TEST_CASE("chunks of channels leave half of a GPU's cache to what is written") {
    Grid whole;
    whole.extents = whole.block = {1, 8, 100, 50};
    const auto channels = [&](nf_form form, int64_t bytes, int64_t cache_bytes, double bytes_per_second = 0,
                              std::optional<int64_t> wanted = std::nullopt) {
        Grid grid = whole;
        limit_to_cache(grid, form, bytes, {cache_bytes, bytes_per_second}, wanted);
        return grid.block[kC];
    };
    CHECK(channels(NF_FORM_INNER, 100000, 20000) == 10);
    CHECK(channels(NF_FORM_INNER, 100000, 200000) == 100); // all fit
    CHECK(channels(NF_FORM_INNER, 100000, 1000) == 100);   // not one does
    CHECK(channels(NF_FORM_LAST, 100000, 130000) == 64);   // rows in steps of 64 channels
    CHECK(channels(NF_FORM_LAST, 100000, 120000) == 100);
    CHECK(channels(NF_FORM_SMALL_PLANES, 100000, 50000) == 24);    // whole vectors across planes; 25 fit
    CHECK(channels(NF_FORM_INNER, 100000, 20000, 1e8) == 10);      // 10 KB take 100 us
    CHECK(channels(NF_FORM_INNER, 100000, 20000, 1e9) == 100);     // 10 us, about as long as the launches
    CHECK(channels(NF_FORM_INNER, 100000, 20000, 1e9, 5000) == 5); // as asked for, whatever the device
    CHECK(channels(NF_FORM_INNER, 100000, 1 << 30, 0, 5000) == 5);
    CHECK(channels(NF_FORM_LAST, 100000, 1 << 30, 0, 65000) == 64);
    CHECK(channels(NF_FORM_INNER, 100000, 20000, 0, 100000) == 100);
    CHECK(channels(NF_FORM_INNER, 100000, 20000, 0, 0) == 100);
    whole.block[kN] = 4; // pieces already
    CHECK(channels(NF_FORM_INNER, 100000, 20000) == 100);
    CHECK(channels(NF_FORM_INNER, 100000, 20000, 0, 5000) == 100);
}

TEST_CASE("parts of channels occupy a GPU, but none is smaller than it is worth") {
    CHECK(gpu_parts(16384, 64, 16384) == 1);
    CHECK(gpu_parts(16385, 64, 16384) == 2);
    CHECK(gpu_parts(1 << 20, 64, 16384) == 64);
    CHECK(gpu_parts(1 << 30, 64, 16384) == 128);
    CHECK(gpu_parts(1 << 30, 3, 16384) == 2048);
    CHECK(gpu_parts(1 << 20, 4096, 16384) == 2);
    CHECK(gpu_parts(1 << 20, 8192, 16384) == 1);
    CHECK(gpu_parts(1 << 30, 1, 16384) == 2048);
}
