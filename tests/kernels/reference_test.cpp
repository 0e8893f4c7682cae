// SPDX-License-Identifier: MIT
// Every variant this CPU can run, forced by name, on every edge case: against the float64 reference, with every operand
// ending, then beginning, at an inaccessible page.
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::testing;

TEST_CASE("Every variant agrees with the reference on every edge case") {
    static const std::vector<VariantShapes> all = variants_with_shapes("edge_cases.txt");
    REQUIRE_FALSE(all.empty());
    for (const auto &[variant, problems] : all) {
        DYNAMIC_SECTION(variant.name) {
            for (const Problem &problem : problems) {
                const Inputs inputs = make_inputs(problem.description, {});
                for (const Edge edge : {Edge::end, Edge::begin}) {
                    INFO(to_string(problem) << ", " << to_string(DataSpec()));
                    const Results results = run(problem, inputs, {variant.name, 2, edge});
                    const Comparison comparison = compare(problem, inputs, results);
                    INFO(to_string(comparison, true));
                    REQUIRE(comparison.within_bounds());
                }
            }
        }
    }
}

TEST_CASE("The variant the library chooses by itself agrees with the reference") {
    for (const ShapeLine &line : shape_list("edge_cases.txt")) {
        const Inputs inputs = make_inputs(line.problem.description, {});
        INFO(to_string(line.problem) << ", " << to_string(DataSpec()));
        const Comparison comparison = compare(line.problem, inputs, run(line.problem, inputs, {}));
        INFO(to_string(comparison, true));
        CHECK(comparison.within_bounds());
    }
}
