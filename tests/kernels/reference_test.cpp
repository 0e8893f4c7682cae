// SPDX-License-Identifier: MIT
// Every variant this CPU can run, forced by name, on every edge case: against the float64 reference, with every operand
// ending, then beginning, at an inaccessible page. Variants of one problem must also agree to the bit, so that the reference
// is asked once.
#include "tests/kernels/kernel_sets.h"

using namespace normforge;
using namespace normforge::testing;

namespace {

void check_all(nf_dtype dtype) {
    register_kernel_sets();
    static const std::vector<ProblemVariants> all = problems_with_variants("edge_cases.txt");
    for (const auto &[problem, variants] : all) {
        if (problem.description.x.dtype != dtype) continue;
        const Inputs inputs = make_inputs(problem.description, {});
        Results right;
        for (const Variant &variant : variants) {
            for (const Edge edge : {Edge::end, Edge::begin}) {
                INFO(to_string(problem) << ", " << to_string(DataSpec()) << ", " << variant.name);
                const Results results = run(problem, inputs, {variant.name, 2, edge});
                if (right.variant.empty())
                    require_right(problem, inputs, right = results);
                else
                    REQUIRE(differing(variant, results, right) == "");
            }
        }
    }
}

} // namespace

TEST_CASE("Every f32 variant agrees with the reference on every edge case") {
    check_all(NF_F32);
}

TEST_CASE("Every f64 variant agrees with the reference on every edge case") {
    check_all(NF_F64);
}

TEST_CASE("Every f16 variant agrees with the reference on every edge case") {
    check_all(NF_F16);
}

TEST_CASE("Every bf16 variant agrees with the reference on every edge case") {
    check_all(NF_BF16);
}
