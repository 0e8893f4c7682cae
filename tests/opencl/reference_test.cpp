// SPDX-License-Identifier: MIT
// GPU kernels against the float64 reference: those for OpenCL, run by PoCL on the CPU, and where there is a GPU the same
// program with those for CUDA. Every kernel of the set is forced on every edge case that it serves, with every operand
// ending, then beginning, at an inaccessible page.
#include "runtime/names.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <cstdio>
#include <map>
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

/// Channels that several blocks reduce (more than 16384 elements or, in rows, 1024): no edge case is as large. The kernels
/// of the whole ops, whose reductions are those of stats and backward_reduce, but not those of whole channels; on every such
/// shape that they serve. backward_frozen merges dgamma and dbeta itself: behaviour_test.cpp tries it, stats and
/// backward_reduce on two of these shapes. Planes of 56 elements are whole vectors: a device with a small cache takes few
/// channels at once.
void check_parts(nf_dtype dtype) {
    REQUIRE(nf_register(&NF_GPU_TABLE) == NF_SUCCESS);
    std::map<std::string, int> runs; // by form, with wide loads and without
    for (const Variant &variant : registered_variants()) {
        const VariantName &parts = variant.parts;
        const bool whole_op = parts.op == NF_FORWARD_TRAIN || parts.op == NF_BACKWARD_TRAIN;
        if (parts.dtype != dtype || !whole_op || has_tag(parts, "whole")) continue;
        for (const char *shape :
             {"nchw:12x3x64x64", "ncw:3x3x16411", "ncw:700x8x56", "ncw:700x3x49", "nhwc:5x40x40x64", "nhwc:5x40x40x67"}) {
            const Problem problem = problem_for(parts, parse_problem(std::string("backward_train:f32:") + shape));
            if (!fits(parts, problem)) continue;
            require_right(problem, make_inputs(problem.description, {}), {variant.name});
            ++runs[(has_tag(parts, "aligned") ? "aligned " : "") + std::string(name_of(parts.form))];
        }
    }
    for (const char *kind : {"inner", "small_planes", "last", "aligned inner", "aligned small_planes", "aligned last"}) {
        INFO(kind);
        CHECK(runs[kind] > 0);
    }
}

} // namespace

TEST_CASE("Channels of several parts agree with the reference") {
    check_parts(GENERATE(NF_F32, NF_F64, NF_F16, NF_BF16));
}

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
