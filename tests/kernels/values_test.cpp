// SPDX-License-Identifier: MIT
// Data that trap careless kernels: exact statistics, large means, constant channels, one element per channel, NaN, infinity.
#include "runtime/names.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// Runs `check` for every variant this CPU can run and every one of `shapes` ("<layout>:<shape>") that it fits.
template <typename Check>
void for_each_variant(std::initializer_list<nf_op> ops, const std::vector<std::string> &shapes, Check check,
                      const std::vector<nf_dtype> &types = {std::begin(kDtypes), std::end(kDtypes)}) {
    int runs = 0;
    for (const nf_op op : ops) {
        for (const std::string &shape : shapes) {
            for (const char *epilogue : {"", ":relu"}) {
                const Problem f32 = parse_problem(std::string(name_of(op)) + ":f32:" + shape + epilogue);
                for (const nf_dtype type : types) {
                    const Problem problem = with_type(f32, type);
                    for (const Variant &variant : registered_variants()) {
                        if (!variant.usable || !fits(variant.parts, problem)) continue;
                        INFO(to_string(problem) << ", " << variant.name);
                        check(problem, RunOptions{variant.name, 2});
                        ++runs;
                    }
                }
            }
        }
    }
    REQUIRE(runs > 0);
}

// One of each form and size class: small planes, planes in and over a tile, rows within and over chunks.
const std::vector<std::string> kShapes = {"ncw:5x3x1",      "nchw:3x5x7x7", "nchw:37x4x4x4", "ncw:3x2x257", "ncw:2x2x2500",
                                          "nchw:4x3x64x64", "nc:7x5",       "nhwc:3x7x7x20", "nc:131x33",   "nc:2500x3"};

double measured(const Comparison &comparison, Output output) {
    const auto found = std::find_if(comparison.outputs.begin(), comparison.outputs.end(),
                                    [&](const Measured &m) { return m.output == output; });
    REQUIRE(found != comparison.outputs.end());
    return found->error;
}

bool all_finite(const Results &results) {
    return std::all_of(results.values.begin(), results.values.end(), [](const Values &values) {
        return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    });
}

int64_t channel_of(const reference::Shape &shape, size_t dense) {
    return static_cast<int64_t>(dense) / shape.s % shape.c;
}

} // namespace

TEST_CASE("Exact statistics come out exact, and y to the bit") {
    for_each_variant({NF_FORWARD_TRAIN}, kShapes, [](const Problem &problem, const RunOptions &options) {
        for (const uint64_t seed : {1, 2, 3}) {
            const DataSpec spec{Distribution::exact, 0, 0, seed};
            const Inputs inputs = make_inputs(problem.description, spec);
            INFO(to_string(spec));
            CHECK(exact_difference(problem, inputs, run(problem, inputs, options)).empty());
        }
    });
}

TEST_CASE("Inference is the strict expression to the bit, whatever the data") {
    for_each_variant({NF_FORWARD_INFERENCE}, kShapes, [](const Problem &problem, const RunOptions &options) {
        const Inputs inputs = make_inputs(problem.description, {});
        CHECK(exact_difference(problem, inputs, run(problem, inputs, options)).empty());
    });
}

TEST_CASE("The variance survives a mean far from zero") {
    struct Case {
        double mean, relative_error;
    };
    const Case test = GENERATE(Case{1e3, 1e-6}, Case{1e4, 1e-5});
    for_each_variant({NF_FORWARD_TRAIN}, {"nchw:4x3x64x64", "nchw:64x3x8x8", "nc:2500x3", "ncw:2x3x9000"},
                     [&](const Problem &problem, const RunOptions &options) {
                         const DataSpec spec{Distribution::normal, test.mean, 1, 5};
                         const Inputs inputs = make_inputs(problem.description, spec);
                         const Comparison comparison = compare(problem, inputs, run(problem, inputs, options));
                         INFO(to_string(spec) << ": " << to_string(comparison));
                         CHECK(measured(comparison, Output::variance) * rounding(statistic_type(problem.description)) <=
                               test.relative_error);
                         CHECK(comparison.within_bounds());
                     },
                     {NF_F32});
}

TEST_CASE("A constant channel has its value as mean, variance 0 and y = beta exactly") {
    const double value = GENERATE(0.1, 100.0, 1e10, -3.3e-5);
    for_each_variant({NF_FORWARD_TRAIN}, kShapes, [&](const Problem &problem, const RunOptions &options) {
        if (std::isinf(round_to(problem.description.x.dtype, value))) return; // no such number in f16
        Problem with_eps = problem;
        for (const double eps : {1e-5, 0.0}) {
            with_eps.description.eps = eps;
            const Inputs inputs = make_inputs(with_eps.description, {Distribution::constant, value, 0, 1});
            const Results results = run(with_eps, inputs, options);
            INFO("value " << value << ", eps " << eps);
            const bool relu = problem.description.epilogue == NF_EPILOGUE_RELU;
            for (int64_t c = 0; c < inputs.shape.c; ++c) {
                REQUIRE(results[Output::mean][c] ==
                        round_to(statistic_type(problem.description), round_to(problem.description.x.dtype, value)));
                REQUIRE(results[Output::variance][c] == 0);
            }
            for (size_t i = 0; i < results[Output::y].size(); ++i) {
                const double beta = inputs.beta[channel_of(inputs.shape, i)];
                REQUIRE(results[Output::y][i] == round_to(problem.description.x.dtype, relu ? std::max(beta, 0.0) : beta));
            }
        }
    });
}

TEST_CASE("One element per channel is finite: y = beta and dx = 0") {
    for_each_variant({NF_FORWARD_TRAIN, NF_BACKWARD_TRAIN}, {"nc:1x1", "nc:1x37", "nchw:1x5x1x1"},
                     [](const Problem &problem, const RunOptions &options) {
                         const Inputs inputs = make_inputs(problem.description, {});
                         const Results results = run(problem, inputs, options);
                         CHECK(all_finite(results));
                         CHECK(compare(problem, inputs, results).within_bounds());
                         for (const double dx : results[Output::dx]) CHECK(dx == 0);
                         for (const double variance : results[Output::variance]) CHECK(variance == 0);
                     });
}

TEST_CASE("Results too small for normal f32 numbers are measured by the spacing of subnormal ones") {
    const double eps = GENERATE(1e70, 1e80, 1e88, 1e300);
    const std::initializer_list<nf_op> ops = {NF_FORWARD_TRAIN, NF_FORWARD_INFERENCE, NF_BACKWARD_TRAIN, NF_BACKWARD_FROZEN};
    for_each_variant(ops, kShapes,
                     [&](const Problem &problem, const RunOptions &options) {
                         Problem with_eps = problem;
                         with_eps.description.eps = eps;
                         const Inputs inputs = make_inputs(with_eps.description, {});
                         const Comparison comparison = compare(with_eps, inputs, run(with_eps, inputs, options));
                         INFO("eps " << eps << ": " << to_string(comparison, true));
                         CHECK(comparison.within_bounds());
                     },
                     {NF_F32});
}

TEST_CASE("NaN and infinity stay in their channel and are not swallowed there") {
    const double poison = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity());
    const std::initializer_list<nf_op> ops = {NF_FORWARD_TRAIN, NF_FORWARD_INFERENCE, NF_BACKWARD_TRAIN, NF_BACKWARD_FROZEN};
    for_each_variant(ops, kShapes, [&](const Problem &problem, const RunOptions &options) {
        const Inputs clean = make_inputs(problem.description, {});
        const reference::Shape &shape = clean.shape;
        const Results before = run(problem, clean, options);
        // The first element of a channel is the shift of its tile, the last one is in a tail.
        for (const bool first : {true, false}) {
            const int64_t hit = shape.c / 2;
            Inputs inputs = clean;
            const int64_t at = first ? hit * shape.s : ((shape.n - 1) * shape.c + hit) * shape.s + shape.s - 1;
            inputs.x[at] = poison;
            const Results results = run(problem, inputs, options);
            const Comparison comparison = compare(problem, inputs, results);
            INFO(poison << " at " << at << ": " << to_string(comparison, true));
            CHECK(comparison.within_bounds());
            for (int i = 0; i < kOutputCount; ++i) {
                const bool per_channel = results.values[i].size() == static_cast<size_t>(shape.c);
                int64_t leaks = 0;
                for (size_t k = 0; k < results.values[i].size(); ++k) {
                    const int64_t c = per_channel ? static_cast<int64_t>(k) : channel_of(shape, k);
                    if (c != hit && results.values[i][k] != before.values[i][k]) ++leaks;
                }
                INFO(name_of(static_cast<Output>(i)));
                CHECK(leaks == 0);
            }
        }
    });
}
