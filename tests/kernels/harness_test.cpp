// SPDX-License-Identifier: MIT
// The instruments themselves: a right result passes, and each kind of wrong one is noticed.
#include "runtime/names.h"
#include "tests/support/compare.h"
#include <catch2/catch.hpp>
#include <cmath>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// What a perfect f32 kernel would write for forward_train.
Results perfect_forward(const Problem &problem, const Inputs &in) {
    const reference::Shape &shape = in.shape;
    const auto exact = reference::statistics(shape, reference::dense<const double>(in.x.data(), shape));
    Results results;
    for (int64_t c = 0; c < shape.c; ++c) {
        const auto variance = exact.variance[c];
        results[Output::mean].push_back(static_cast<float>(exact.mean[c]));
        results[Output::variance].push_back(static_cast<float>(variance));
        results[Output::invstd].push_back(
            static_cast<float>(reference::inverse_deviation(variance, problem.description.eps)));
        results[Output::running_mean].push_back(
            static_cast<float>(reference::running(in.running_mean[c], exact.mean[c], problem.description.momentum)));
        results[Output::running_variance].push_back(
            static_cast<float>(reference::running(in.running_variance[c], variance, problem.description.momentum)));
    }
    for (size_t i = 0; i < in.x.size(); ++i) {
        const size_t c = i / shape.s % shape.c;
        const auto f32 = [](double value) { return static_cast<float>(value); };
        const float scale = reference::strict_scale(f32(in.gamma[c]), f32(results[Output::invstd][c]));
        results[Output::y].push_back(
            reference::strict_pre_activation(f32(in.x[i]), f32(results[Output::mean][c]), scale, f32(in.beta[c])));
    }
    return results;
}

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

TEST_CASE("A perfect result is within bounds and a slightly wrong one is not") {
    const Problem problem = parse_problem("forward_train:f32:nchw:5x4x9x9");
    const Inputs inputs = make_inputs(problem.description, {});
    const Results perfect = perfect_forward(problem, inputs);
    INFO(to_string(compare(problem, inputs, perfect)));
    REQUIRE(compare(problem, inputs, perfect).within_bounds());

    for (const Output output :
         {Output::y, Output::mean, Output::variance, Output::invstd, Output::running_mean, Output::running_variance}) {
        Results wrong = perfect;
        wrong[output].back() *= 1 + 0x1p-19F;
        wrong[output].back() += 0x1p-19F;
        INFO(name_of(output));
        CHECK_FALSE(compare(problem, inputs, wrong).within_bounds());
        CHECK(first_difference(wrong, perfect).rfind(name_of(output), 0) == 0);
    }
}

TEST_CASE("Exact data have exact statistics, and one bit off is noticed") {
    for (const char *shape : {"nchw:5x4x9x9", "ncw:2x3x1500", "nc:37x5"}) {
        const Problem problem = parse_problem(std::string("forward_train:f32:") + shape);
        const Inputs inputs = make_inputs(problem.description, {Distribution::exact, 0, 0, 1});
        Results results = perfect_forward(problem, inputs);
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
