// SPDX-License-Identifier: MIT
// What the library chooses by itself, with its built-in kernels alone: plans of several steps, layouts that it takes in
// pieces, and every line of the operator matrix.
#include "runtime/targets.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <algorithm>
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::testing;

TEST_CASE("The variants the library chooses by itself agree with the reference") {
    const std::string list = GENERATE("edge_cases.txt", "operator_matrix.txt", "pieces.txt");
    for (const ShapeLine &line : shape_list(list)) {
        const Inputs inputs = make_inputs(line.problem.description, {});
        INFO(list << ": " << to_string(line.problem) << ", " << to_string(DataSpec()));
        const Results results = run(line.problem, inputs, {});
        const Comparison comparison = compare(line.problem, inputs, results);
        INFO(to_string(comparison, true));
        CHECK(comparison.within_bounds());
        // Pieces have steps of their own; without steps nothing ran.
        if (!steps_of(line.problem).empty()) CHECK(fits(parse_symbol(results.variant), line.problem));
    }
}

TEST_CASE("Of the targets that have a kernel the best that this machine runs is chosen") {
    for (const char *text : {"forward_inference:f32:nhwc:1x28x28x128:relu", "forward_inference:bf16:nhwc:1x28x28x128:relu",
                             "forward_train:bf16:nhwc:1x28x28x128:relu"}) {
        const Problem problem = parse_problem(text);
        const auto has_kernel = [&](const Target &target) {
            const auto variants = registered_variants();
            return target_usable(target) && std::any_of(variants.begin(), variants.end(), [&](const Variant &variant) {
                       return variant.parts.target == target.name && fits(variant.parts, problem);
                   });
        };
        const auto best = std::find_if(std::begin(kTargets), std::end(kTargets), has_kernel);
        if (best == std::end(kTargets)) continue; // bf16 on a processor without AVX2
        INFO(text);
        CHECK(parse_symbol(run(problem, make_inputs(problem.description, {}), {}).variant).target == best->name);
    }
}

TEST_CASE("Layouts for pieces fit no kernel as a whole") {
    for (const ShapeLine &line : shape_list("pieces.txt")) {
        INFO(to_string(line.problem));
        CHECK(steps_of(line.problem).empty());
    }
}
