// SPDX-License-Identifier: MIT
// The instruments themselves: a right result passes, and each kind of wrong one is noticed.
#include "runtime/names.h"
#include "tests/kernels/perfect.h"
#include "tests/support/compare.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// Whether a process that reads this address dies of it.
bool faults(const volatile std::byte *address) {
    const pid_t child = fork();
    if (child == 0) {
        std::signal(SIGSEGV, SIG_DFL);
        static_cast<void>(*address);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

} // namespace

TEST_CASE("ulp is the spacing of a type's numbers") {
    CHECK(ulp(NF_F32, 1) == 0x1p-23);
    CHECK(ulp(NF_F32, 1.99) == 0x1p-23);
    CHECK(ulp(NF_F32, 2) == 0x1p-22);
    CHECK(ulp(NF_F32, 0.75) == 0x1p-24);
    CHECK(ulp(NF_F32, 0) == 0x1p-149);
    CHECK(ulp(NF_F32, 1e-45) == 0x1p-149);
    CHECK(ulp(NF_F32, 0x1p-126) == 0x1p-149);
    CHECK(ulp(NF_F64, 1) == 0x1p-52);
    CHECK(ulp(NF_F16, 1) == 0x1p-10);
    CHECK(ulp(NF_F16, 0) == 0x1p-24);
    CHECK(ulp(NF_BF16, 1) == 0x1p-7);
}

TEST_CASE("Numbers round to the nearest of a type, ties to even, and come back from memory") {
    struct Row {
        nf_dtype type;
        double value, rounded;
    };
    const Row rows[] = {
        {NF_F16, 1 + 0x1p-11, 1},
        {NF_F16, 1 + 3 * 0x1p-11, 1 + 0x1p-9},
        {NF_F16, 65519, 65504},
        {NF_F16, 65520, INFINITY},
        {NF_F16, 0x1p-25, 0},
        {NF_F16, 3 * 0x1p-26, 0x1p-24},
        {NF_F16, -0x1p-14, -0x1p-14},
        {NF_BF16, 1 + 0x1p-8, 1},
        {NF_BF16, 1 + 3 * 0x1p-8, 1 + 0x1p-6},
        {NF_BF16, 0x1p-133, 0x1p-133},
        {NF_BF16, -3.4e38, -INFINITY},
        {NF_F32, 1 + 0x1p-24, 1},
        {NF_F64, 1 + 0x1p-52, 1 + 0x1p-52},
    };
    for (const Row &row : rows) {
        INFO(row.value << " in " << normforge::name_of(row.type));
        CHECK(round_to(row.type, row.value) == row.rounded);
        unsigned char memory[8];
        store(row.type, memory, row.rounded);
        CHECK(load(row.type, memory) == row.rounded);
    }
    for (const nf_dtype type : {NF_F16, NF_BF16, NF_F32, NF_F64}) {
        unsigned char memory[8];
        store(type, memory, NAN);
        CHECK(std::isnan(load(type, memory)));
        CHECK_FALSE(GuardedBuffer::is_poison(load(type, memory)));
    }
}

TEST_CASE("Errors count in units, and NaN and infinity must match") {
    const float nan = NAN, inf = INFINITY;
    CHECK(error_in(0.5, 3, 2) == 2);
    CHECK(error_in(1, nan, NAN) == 0);
    CHECK(error_in(1, inf, INFINITY) == 0);
    CHECK(std::isinf(error_in(1, nan, 1)));
    CHECK(std::isinf(error_in(1, 1, NAN)));
    CHECK(std::isinf(error_in(1, inf, -INFINITY)));
}

TEST_CASE("A perfect result is within bounds and a slightly wrong one is not, for every output of every op") {
    const std::string text = GENERATE(
        as<std::string>(), //
        "forward_train:f32:nchw:5x4x9x9", "forward_train:f32:nchw:5x4x9x9:add_relu:var=unbiased",
        "forward_train:bf16:nhwc:5x3x3x4:gelu", "forward_train:f32:nc:50x7:sigmoid:stats=f64",
        "forward_inference:f64:nc:9x5:add_leaky_relu:slope=3", "forward_inference:f16:nc:9x5:hard_swish",
        "apply:f32:ncw:3x4x7:add_tanh", "stats:f32:nchw:5x4x9x9", "merge:f32:nc:31x7:k=3:var=unbiased",
        "merge:f64:nc:31x7:k=5", "backward_train:f32:nchw:5x4x9x9:relu", "backward_train:f32:nc:40x5:add_relu:grad=aaaa",
        "backward_train:f32:nc:40x5:silu:grad=wna", "backward_train:bf16:nc:40x5:add_gelu:grad=naw",
        "backward_frozen:f32:nc:40x5:add_relu6", "backward_frozen:f16:ncw:4x5x6:gelu_tanh:grad=ann",
        "backward_reduce:f32:nc:40x5:add_silu", "backward_merge:f32:nc:31x7:k=4:grad=wwa", "backward_apply:f32:nc:40x5:relu",
        "backward_apply:f64:nc:40x5:add_leaky_relu:grad=aww", "backward_residual:f32:nc:40x5:add_relu",
        "backward_residual:f32:nc:40x5:add_silu:grad=wwwa");
    const Problem problem = parse_problem(text);
    const Inputs inputs = make_inputs(problem.description, {});
    const Results perfect = perfect_results(problem, inputs);
    INFO(text << ": " << to_string(compare(problem, inputs, perfect)));
    REQUIRE(compare(problem, inputs, perfect).within_bounds());

    size_t compared = 0;
    for (int i = 0; i < kOutputCount; ++i) {
        const auto output = static_cast<Output>(i);
        if (perfect[output].empty()) continue;
        ++compared;
        // Half a thousand roundings of the type that an output is measured in, where it is largest.
        Results wrong = perfect;
        Values &values = wrong[output];
        auto &hit =
            *std::max_element(values.begin(), values.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
        const double size = std::max(1.0, std::abs(hit));
        hit += 512 * size * rounding(unit_type(problem.description, output));
        INFO(name_of(output));
        CHECK_FALSE(compare(problem, inputs, wrong).within_bounds());
        CHECK(first_difference(wrong, perfect).rfind(name_of(output), 0) == 0);
    }
    CHECK(compared == compare(problem, inputs, perfect).outputs.size());
}

TEST_CASE("Operands that nobody asks for are not compared, those that are added to are") {
    const Problem problem = parse_problem("backward_train:f32:nc:40x5:add_relu:grad=anwa");
    const Inputs inputs = make_inputs(problem.description, {});
    Results results = perfect_results(problem, inputs);
    CHECK(results[Output::dgamma].empty());
    for (const Output output : {Output::dx, Output::dresidual}) {
        for (double &value : results[output]) value = 0; // forgot what was there before
        CHECK_FALSE(compare(problem, inputs, results).within_bounds());
        results = perfect_results(problem, inputs);
    }
}

TEST_CASE("Exact data have exact statistics, and one bit off is noticed") {
    for (const char *shape : {"nchw:5x4x9x9", "ncw:2x3x1500", "nc:37x5"}) {
        const Problem problem = parse_problem(std::string("forward_train:f32:") + shape);
        const Inputs inputs = make_inputs(problem.description, {Distribution::exact, 0, 0, 1});
        Results results = perfect_results(problem, inputs);
        CHECK(exact_difference(problem, inputs, results).empty());
        results[Output::variance][1] = std::nextafter(results[Output::variance][1], INFINITY);
        CHECK_FALSE(exact_difference(problem, inputs, results).empty());
    }
}

TEST_CASE("Guarded memory faults on both sides and notices writes around it") {
    for (const size_t size : {4, 64, 4096, 5000}) {
        const GuardedBuffer at_end(size, Edge::end), at_begin(size, Edge::begin);
        CHECK(faults(at_end.data() + size));
        CHECK(faults(at_begin.data() - 1));
        CHECK_FALSE(faults(at_end.data()));
        CHECK_FALSE(faults(at_begin.data() + size - 1));
        CHECK(at_end.surroundings_intact());
        at_end.data()[-1] = std::byte{0};
        CHECK_FALSE(at_end.surroundings_intact());
    }
    const GuardedBuffer shifted(100, Edge::end, 4);
    CHECK(reinterpret_cast<uintptr_t>(shifted.data()) % 64 == 4);
}
