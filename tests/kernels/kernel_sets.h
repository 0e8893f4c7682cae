// SPDX-License-Identifier: MIT
// What the kernel tests run: the built-in set, the portable schedules, all activations, f64 statistics, rounding to bf16 by
// an instruction; and every variant of a problem at once.
#pragma once

#include "tests/support/compare.h"
#include "tests/support/strict.h"
#include "tests/support/variants.h"
#include <activations.h>
#include <algorithm>
#include <catch2/catch.hpp>
#include <portable.h>
#include <stats64.h>
#if defined(__x86_64__)
#include <bf16.h>
#endif

namespace normforge::testing {

/// Those that no library holds. Registering them twice is harmless.
inline void register_kernel_sets() {
    for (const nf_kernel_table *table : {&nf_kernels_portable, &nf_kernels_activations, &nf_kernels_stats64})
        REQUIRE(nf_register(table) == NF_SUCCESS);
#if defined(__x86_64__)
    REQUIRE(nf_register(&nf_kernels_bf16) == NF_SUCCESS);
#endif
}

/// One of each form and size class: small planes, planes in and over a tile, rows within and over chunks.
inline const std::vector<std::string> kShapes = {"ncw:5x3x1",    "nchw:3x5x7x7",   "nchw:37x4x4x4", "ncw:3x2x257",
                                                 "ncw:2x2x2500", "nchw:4x3x64x64", "nc:7x5",        "nhwc:3x7x7x20",
                                                 "nc:131x33",    "nc:2500x3"};

/// "<layout>:<shape>" as shapes of problems_with_variants().
inline std::vector<Problem> shapes_of(const std::vector<std::string> &texts) {
    std::vector<Problem> shapes;
    for (const std::string &text : texts) shapes.push_back(parse_problem("forward_train:f32:" + text));
    return shapes;
}

/// Runs `check(entry)` for the problems of all registered variants that `keep(description)`; at least one.
template <typename Keep, typename Check>
void for_each_problem(const std::vector<std::string> &shapes, Keep keep, Check check) {
    register_kernel_sets();
    int checked = 0;
    for (const ProblemVariants &entry : problems_with_variants(shapes_of(shapes))) {
        if (!keep(entry.problem.description)) continue;
        INFO(to_string(entry.problem));
        check(entry);
        ++checked;
    }
    REQUIRE(checked > 0);
}

/// Empty if the results of two variants have the same bits, else which variants differ, and where.
inline std::string differing(const Variant &variant, const Results &results, const Results &first) {
    const std::string difference = first_difference(results, first);
    return difference.empty() ? "" : variant.name + " against " + first.variant + ": " + difference;
}

/// Runs every variant, requires that all give the same bits, and returns them. `changed` is the entry's problem, but for
/// what does not decide which variants fit: eps, momentum, in place, and so on.
inline Results run_all(const ProblemVariants &entry, const Problem &changed, const Inputs &inputs) {
    Results first;
    for (const Variant &variant : entry.variants) {
        const Results results = run(changed, inputs, {variant.name, 2});
        if (&variant == &entry.variants.front())
            first = results;
        else
            REQUIRE(differing(variant, results, first) == "");
    }
    return first;
}

inline Results run_all(const ProblemVariants &entry, const Inputs &inputs) {
    return run_all(entry, entry.problem, inputs);
}

/// Requires that the results are within their bounds.
inline void require_right(const Problem &problem, const Inputs &inputs, const Results &results) {
    const Comparison comparison = compare(problem, inputs, results);
    INFO(to_string(comparison, true));
    REQUIRE(comparison.within_bounds());
}

/// Channel of a dense index.
inline int64_t channel_of(const reference::Shape &shape, size_t dense) {
    return static_cast<int64_t>(dense) / shape.s % shape.c;
}

} // namespace normforge::testing
