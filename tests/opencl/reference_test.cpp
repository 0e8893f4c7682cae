// SPDX-License-Identifier: MIT
// GPU kernels against the float64 reference: those for OpenCL, run by PoCL on the CPU, and where there is a GPU the same
// program with those for CUDA. Every kernel of the set is forced on every edge case that it serves, with every operand
// ending, then beginning, at an inaccessible page.
#include "runtime/names.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <cstdio>
#include NF_GPU_HEADER

using namespace normforge;
using namespace normforge::testing;

namespace {

void require_right(const Problem &problem, const Inputs &inputs, const RunOptions &options) {
    INFO(to_string(problem) << ", " << options.variant << (options.edge == Edge::end ? "" : ", operands begin at the page"));
    const Results results = run(problem, inputs, options);
    const Comparison comparison = compare(problem, inputs, results);
    INFO(to_string(comparison, true));
    REQUIRE(comparison.within_bounds());
}

void check_all(nf_dtype dtype) {
    REQUIRE(nf_register(&NF_GPU_TABLE) == NF_SUCCESS);
    REQUIRE(nf_target_usable(NF_GPU_TARGET) == 1);
    static const std::vector<ProblemVariants> all = problems_with_variants("edge_cases.txt");
    int runs = 0;
    for (const auto &[problem, variants] : all) {
        if (problem.description.x.dtype != dtype) continue;
        const Inputs inputs = make_inputs(problem.description, {});
        for (const Variant &variant : variants)
            for (const Edge edge : {Edge::end, Edge::begin}) {
                require_right(problem, inputs, {variant.name, 0, edge});
                ++runs;
            }
    }
    REQUIRE(runs > 0);
    std::printf("%d runs of %s kernels for %s\n", runs, name_of(dtype), NF_GPU_TARGET);
}

} // namespace

TEST_CASE("Every f32 kernel agrees with the reference on every edge case") {
    check_all(NF_F32);
}

TEST_CASE("Every f64 kernel agrees with the reference on every edge case") {
    check_all(NF_F64);
}

TEST_CASE("Every f16 kernel agrees with the reference on every edge case") {
    check_all(NF_F16);
}

TEST_CASE("Every bf16 kernel agrees with the reference on every edge case") {
    check_all(NF_BF16);
}
