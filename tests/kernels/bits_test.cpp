// SPDX-License-Identifier: MIT
// A schedule cannot change a bit: every CPU target, every thread count, both store policies and the portable schedules give
// the same results to the last bit.
#include "tests/support/runner.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <portable.h>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// The built-in variants and those of the portable schedules, which no library holds.
std::vector<std::string> fitting_variants(const Problem &problem) {
    REQUIRE(nf_register(&nf_kernels_portable) == NF_SUCCESS);
    std::vector<std::string> names;
    bool portable = false;
    for (const Variant &variant : registered_variants()) {
        if (!variant.usable || !fits(variant.parts, problem)) continue;
        names.push_back(variant.name);
        portable = portable || variant.parts.tag.find("portable") != std::string::npos;
    }
    REQUIRE(portable);
    REQUIRE(names.size() >= 2);
    return names;
}

void require_same_bits(const std::string &shapes) {
    for (const ShapeLine &line : shape_list(shapes)) {
        const Problem &problem = line.problem;
        INFO(to_string(problem) << ", " << to_string(DataSpec()));
        const std::vector<std::string> names = fitting_variants(problem);
        const Inputs inputs = make_inputs(problem.description, {});
        const Results first = run(problem, inputs, {names.front(), 1});
        for (const std::string &name : names) {
            for (const int threads : {1, 2, 5}) {
                INFO(name << " on " << threads << " threads against " << first.variant << " on 1");
                CHECK(first_difference(run(problem, inputs, {name, threads}), first).empty());
            }
        }
    }
}

} // namespace

TEST_CASE("Targets, threads and store policies give the same bits on edge cases") {
    require_same_bits("edge_cases.txt");
}

TEST_CASE("Targets, threads and store policies give the same bits where threads have work") {
    require_same_bits("smoke.txt");
}

TEST_CASE("Running a plan again gives the same bits") {
    for (const ShapeLine &line : shape_list("smoke.txt")) {
        const Inputs inputs = make_inputs(line.problem.description, {});
        const Results first = run(line.problem, inputs, {});
        INFO(to_string(line.problem));
        CHECK(first_difference(run(line.problem, inputs, {}), first).empty());
    }
}
