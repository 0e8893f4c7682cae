// SPDX-License-Identifier: MIT
// The ReLU mask that backward recomputes is the one forward used, to the bit; and sums of exact terms are exact.
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace normforge;
using namespace normforge::testing;

namespace {

const std::vector<std::string> kShapes = {"nchw:3x5x7x7",  "nchw:20x4x4x4", "ncw:3x2x257", "ncw:2x2x2500",
                                          "nhwc:3x7x7x20", "nc:131x33",     "nc:2500x3"};

Problem problem_of(const std::string &op, const std::string &shape, const std::string &epilogue) {
    return parse_problem(op + ":f32:" + shape + epilogue);
}

std::vector<std::string> fitting(const Problem &problem) {
    std::vector<std::string> names;
    for (const Variant &variant : registered_variants()) {
        if (variant.usable && fits(variant.parts, problem)) names.push_back(variant.name);
    }
    REQUIRE_FALSE(names.empty());
    return names;
}

} // namespace

TEST_CASE("Backward's ReLU mask is forward's") {
    for (const std::string &shape : kShapes) {
        const Problem forward = problem_of("forward_inference", shape, ":relu");
        const Problem frozen = problem_of("backward_frozen", shape, ":relu");
        Inputs inputs = make_inputs(frozen.description, {});
        // beta = 0 and x close to the running mean: most signs hang on the last bits.
        inputs.beta.assign(inputs.beta.size(), 0);
        for (size_t i = 0; i < inputs.x.size(); ++i) {
            const double mean = inputs.running_mean[i / inputs.shape.s % inputs.shape.c];
            inputs.x[i] = std::nextafter(mean, i % 2 == 0 ? INFINITY : -INFINITY);
            if (i % 3 == 0) inputs.x[i] = mean;
        }
        inputs.dy.assign(inputs.dy.size(), 1);
        for (const std::string &forward_name : fitting(forward)) {
            const Results y = run(forward, inputs, {forward_name, 2});
            for (const std::string &name : fitting(frozen)) {
                const Results dx = run(frozen, inputs, {name, 2});
                INFO(to_string(frozen) << ", " << forward_name << " and " << name);
                int64_t differ = 0;
                for (size_t i = 0; i < inputs.x.size(); ++i) differ += (y[Output::y][i] > 0) != (dx[Output::dx][i] != 0);
                CHECK(differ == 0);
            }
        }
    }
}

TEST_CASE("With dy = 1, dbeta counts the elements that ReLU let through") {
    for (const std::string &shape : kShapes) {
        const Problem forward = problem_of("forward_train", shape, ":relu");
        const Problem backward = problem_of("backward_train", shape, ":relu");
        Inputs inputs = make_inputs(backward.description, {});
        inputs.dy.assign(inputs.dy.size(), 1);
        const Results y = run(forward, inputs, {});
        inputs.saved_mean = y[Output::mean];
        inputs.saved_invstd = y[Output::invstd];
        Values passed(inputs.shape.c);
        for (size_t i = 0; i < inputs.x.size(); ++i) passed[i / inputs.shape.s % inputs.shape.c] += y[Output::y][i] > 0;
        for (const std::string &name : fitting(backward)) {
            INFO(to_string(backward) << ", " << name);
            CHECK(run(backward, inputs, {name, 2})[Output::dbeta] == passed);
        }
    }
}

TEST_CASE("Sums of exact terms are exact") {
    for (const std::string &shape : kShapes) {
        const Problem problem = problem_of("backward_train", shape, "");
        Inputs inputs = make_inputs(problem.description, {Distribution::exact, 0, 0, 3});
        // Eighths and integers: every sum of 2^20 products fits the f32 mantissa of a tile and the f64 one between tiles.
        for (size_t i = 0; i < inputs.dy.size(); ++i) inputs.dy[i] = static_cast<int>(i * 7 % 11) - 4;
        for (double &mean : inputs.saved_mean) mean = std::round(mean);
        for (double &invstd : inputs.saved_invstd) invstd = 0.5;
        reference::Channels dbeta(inputs.shape.c), dgamma(inputs.shape.c);
        for (size_t i = 0; i < inputs.dy.size(); ++i) {
            const size_t c = i / inputs.shape.s % inputs.shape.c;
            dbeta[c] += inputs.dy[i];
            dgamma[c] += static_cast<double>(inputs.dy[i]) * (inputs.x[i] - inputs.saved_mean[c]) * 0.5;
        }
        for (const std::string &name : fitting(problem)) {
            INFO(to_string(problem) << ", " << name);
            const Results results = run(problem, inputs, {name, 2});
            CHECK(results[Output::dbeta] == Values(dbeta.begin(), dbeta.end()));
            CHECK(results[Output::dgamma] == Values(dgamma.begin(), dgamma.end()));
        }
    }
}
