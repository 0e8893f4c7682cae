// SPDX-License-Identifier: MIT
// A schedule cannot change a bit: every CPU target, every thread count, both store policies and the portable schedules give
// the same results to the last bit.
#include "tests/kernels/spreading_pool.h"
#include "tests/support/runner.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>
#include <portable.h>
#include <set>

using namespace normforge;
using namespace normforge::testing;

namespace {

const int kThreads[] = {1, 2, 5};

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

/// `run(name, threads)` must give the same bits as the first variant on one thread does by itself.
template <typename Run>
void require_same_bits(const ShapeLine &line, Run run_variant) {
    const Problem &problem = line.problem;
    const Inputs inputs = make_inputs(problem.description, {});
    const std::vector<std::string> names = fitting_variants(problem);
    const Results first = run(problem, inputs, {names.front(), 1});
    for (const std::string &name : names) {
        for (const int threads : kThreads) {
            INFO(to_string(problem) << ", " << to_string(DataSpec()));
            INFO(name << " on " << threads << " threads against " << first.variant << " on 1");
            CHECK(first_difference(run_variant(inputs, RunOptions{name, threads}), first).empty());
        }
    }
}

/// The line of nf_plan_describe() on this subject, "" if there is none.
std::string plan_line(const Problem &problem, int threads, const std::string &subject) {
    nf_description description = problem.description;
    description.threads = threads;
    nf_plan *created = nullptr;
    REQUIRE(nf_plan_create(&description, &created) == NF_SUCCESS);
    const std::string text = std::string("\n") + nf_plan_describe(created);
    nf_plan_destroy(created);
    const size_t begin = text.find("\n" + subject + ": ");
    return begin == std::string::npos ? "" : text.substr(begin + 1, text.find('\n', begin + 1) - begin - 1);
}

} // namespace

TEST_CASE("Targets, threads and store policies give the same bits on edge cases") {
    for (const ShapeLine &line : typed_shapes("edge_cases.txt")) {
        if (is_empty(line.problem)) continue;
        require_same_bits(line, [&](const Inputs &in, const RunOptions &options) { return run(line.problem, in, options); });
    }
}

TEST_CASE("Targets, threads and store policies give the same bits where several threads do work") {
    for (const ShapeLine &line : typed_shapes("smoke.txt")) {
        require_same_bits(line, [&](const Inputs &in, const RunOptions &options) {
            const SpreadingPool pool;
            Results results = run(line.problem, in, options);
            // Else this compares one thread with itself. The portable schedules have one thread only.
            const bool parallel = parse_symbol(options.variant).tag.find("portable") == std::string::npos;
            REQUIRE((pool.most_threads() > 1) == (parallel && options.threads > 1));
            return results;
        });
    }
}

TEST_CASE("Small planes are grouped by threads in a test of every op") {
    std::set<nf_op> ops;
    for (const ShapeLine &line : typed_shapes("smoke.txt")) {
        std::set<std::string> groups;
        for (const int threads : kThreads) groups.insert(plan_line(line.problem, threads, "group"));
        if (groups.size() > 1) ops.insert(line.problem.description.op);
    }
    CHECK(ops.size() == 4);
}

TEST_CASE("Running a plan again, on the library's own threads, gives the same bits") {
    for (const ShapeLine &line : typed_shapes("smoke.txt")) {
        const Inputs inputs = make_inputs(line.problem.description, {});
        const Results first = run(line.problem, inputs, {"", 1});
        INFO(to_string(line.problem));
        for (const int threads : {3, 3, 0}) CHECK(first_difference(run(line.problem, inputs, {"", threads}), first).empty());
    }
}
