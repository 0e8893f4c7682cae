// SPDX-License-Identifier: MIT
// A schedule cannot change a bit: every CPU target, every thread count, both store policies and the portable schedules give
// the same results to the last bit. On small problems reference_test.cpp shows it; here several threads do work.
#include "runtime/ops.h"
#include "runtime/threads.h"
#include "tests/kernels/kernel_sets.h"
#include "tests/kernels/spreading_pool.h"
#include <set>

using namespace normforge;
using namespace normforge::testing;

namespace {

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

/// Whether the tensors are so large that the library uses its threads.
bool works_in_parallel(const Problem &problem) {
    const nf_description &d = problem.description;
    if (!has_form(d.op)) return false;
    const int64_t tensor_bytes = canonicalise(d.x, d.x, d.axis).shape.count() * precision_of(d.x.dtype).bytes;
    const auto touches = [&](const OperandRow &row) {
        const Access access = access_of(row, d);
        return row.kind == OperandKind::tensor && access != Access::none && access != Access::ignored;
    };
    return std::count_if(std::begin(kOperands), std::end(kOperands), touches) * tensor_bytes >= kSerialBytes;
}

} // namespace

TEST_CASE("Targets, threads and store policies give the same bits where several threads do work") {
    register_kernel_sets();
    for (const auto &[problem, variants] : problems_with_variants("smoke.txt")) {
        const Inputs inputs = make_inputs(problem.description, {});
        const Results first = run(problem, inputs, {variants.front().name, 1});
        for (const Variant &variant : variants) {
            const bool portable = has_tag(variant.parts, "portable");
            for (const int threads : {2, 5}) {
                INFO(to_string(problem) << ", " << to_string(DataSpec()));
                INFO(threads << " threads against 1");
                const SpreadingPool pool;
                CHECK(differing(variant, run(problem, inputs, {variant.name, threads}), first) == "");
                // Else this compares one thread with itself. The portable schedules have one thread only.
                if (portable || works_in_parallel(problem)) REQUIRE((pool.most_threads() > 1) == !portable);
            }
        }
    }
}

TEST_CASE("Every variant of the built-in set is compared with a portable one") {
    register_kernel_sets();
    std::set<nf_op> parallel, portable;
    for (const auto &[problem, variants] : problems_with_variants("smoke.txt")) {
        const auto has = [&, &all = variants](auto holds) { return std::any_of(all.begin(), all.end(), holds); };
        INFO(to_string(problem));
        if (has([](const Variant &v) { return v.set == "default"; }))
            REQUIRE(has([](const Variant &v) { return v.set == "portable"; }));
        if (works_in_parallel(problem)) parallel.insert(problem.description.op);
        portable.insert(problem.description.op);
    }
    CHECK(portable.size() == 10); // apply has the kernels of forward_inference
    CHECK(parallel.size() == 8);  // all but merge and backward_merge
}

TEST_CASE("Small planes are grouped by threads in a test of every op") {
    std::set<nf_op> ops;
    for (const auto &[problem, variants] : problems_with_variants("smoke.txt")) {
        std::set<std::string> groups;
        for (const int threads : {1, 2, 5}) groups.insert(plan_line(problem, threads, "group"));
        if (groups.size() > 1) ops.insert(problem.description.op);
    }
    CHECK(ops.size() == 8);
}

TEST_CASE("Running a plan again, on the library's own threads, gives the same bits") {
    for (const ShapeLine &line : shape_list("smoke.txt")) {
        const Inputs inputs = make_inputs(line.problem.description, {});
        const Results first = run(line.problem, inputs, {"", 1});
        INFO(to_string(line.problem));
        for (const int threads : {3, 3, 0}) CHECK(first_difference(run(line.problem, inputs, {"", threads}), first).empty());
    }
}
