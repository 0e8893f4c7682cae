// SPDX-License-Identifier: MIT
// The ops in phases: with one triple they give the bits of the fused ops; with several, of batches apart from each other,
// they give the statistics, y and gradients of the whole. And what running statistics average.
#include "runtime/names.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::testing;

namespace {

const char *const kShapes[] = {"nchw:18x5x7x7", "nchw:4x3x20x20", "ncw:3x2x2500", "nhwc:5x6x6x19", "nc:300x8", "nc:1x5"};
const char *const kEpilogues[] = {"none", "relu", "add", "add_relu"};

Problem problem_of(nf_op op, nf_dtype dtype, const std::string &shape, const std::string &rest) {
    const bool has_no_epilogue = op == NF_STATS || op == NF_MERGE || op == NF_BACKWARD_MERGE;
    return with_type(parse_problem(std::string(name_of(op)) + ":f32:" + shape + ":" + (has_no_epilogue ? "none" : rest)),
                     dtype);
}

/// Runs `check(dtype, shape, epilogue)` for all of them.
template <typename Check>
void for_each_case(Check check) {
    for (const nf_dtype dtype : kDtypes) {
        for (const char *shape : kShapes) {
            for (const char *epilogue : kEpilogues) {
                INFO(name_of(dtype) << ", " << shape << ", " << epilogue);
                check(dtype, shape, epilogue);
            }
        }
    }
}

/// CHECKs that these outputs have the same bits in both.
void check_same(const Results &phase, const Results &fused, std::initializer_list<Output> outputs) {
    Results a, b;
    for (const Output output : outputs) {
        a[output] = phase[output];
        b[output] = fused[output];
        REQUIRE_FALSE(a[output].empty());
    }
    CHECK(first_difference(a, b).empty());
}

/// Elements [begin, end) of the first axis.
Inputs slice(const Inputs &in, int64_t begin, int64_t end) {
    Inputs result = in;
    result.shape.n = end - begin;
    const auto row = in.shape.c * in.shape.s;
    for (Values Inputs::*tensor : {&Inputs::x, &Inputs::residual, &Inputs::dy, &Inputs::y}) {
        const Values &from = in.*tensor;
        if (!from.empty()) (result.*tensor).assign(from.begin() + begin * row, from.begin() + end * row);
    }
    return result;
}

/// The problem of such a slice.
Problem sliced(Problem problem, int64_t rows) {
    for (nf_layout *layout : {&problem.description.x, &problem.description.y, &problem.description.dy})
        layout->extents[0] = rows;
    return problem;
}

void append(Values &to, const Values &from) {
    to.insert(to.end(), from.begin(), from.end());
}

// A batch in four parts, one of them empty.
constexpr int64_t kCuts[] = {0, 1, 1, 9, 18};
constexpr int kParts = 4;

} // namespace

TEST_CASE("Forward in phases gives the bits of forward_train") {
    for_each_case([](nf_dtype dtype, const char *shape, const char *epilogue) {
        const Problem fused = problem_of(NF_FORWARD_TRAIN, dtype, shape, epilogue);
        Inputs in = make_inputs(fused.description, {});
        const Results whole = run(fused, in, {});
        in.triples = run(problem_of(NF_STATS, dtype, shape, epilogue), in, {}).triple(Output::count);
        const Results merged = run(problem_of(NF_MERGE, dtype, shape, epilogue), in, {});
        check_same(merged, whole,
                   {Output::mean, Output::variance, Output::invstd, Output::running_mean, Output::running_variance});
        CHECK(merged.triple(Output::merged_count) == in.triples);
        in.saved_mean = merged[Output::mean];
        in.saved_invstd = merged[Output::invstd];
        check_same(run(problem_of(NF_APPLY, dtype, shape, epilogue), in, {}), whole, {Output::y});
    });
}

TEST_CASE("Backward in phases gives the bits of backward_train") {
    for_each_case([](nf_dtype dtype, const char *shape, const char *epilogue) {
        const Problem fused = problem_of(NF_BACKWARD_TRAIN, dtype, shape, epilogue);
        Inputs in = make_inputs(fused.description, {});
        const Results whole = run(fused, in, {});
        in.triples = run(problem_of(NF_BACKWARD_REDUCE, dtype, shape, epilogue), in, {}).triple(Output::count);
        const Results merged = run(problem_of(NF_BACKWARD_MERGE, dtype, shape, epilogue), in, {});
        check_same(merged, whole, {Output::dgamma, Output::dbeta});
        CHECK(merged.triple(Output::merged_count) == in.triples);
        check_same(run(problem_of(NF_BACKWARD_APPLY, dtype, shape, epilogue), in, {}), whole, {Output::dx});
        if (std::string(epilogue).rfind("add", 0) == 0)
            check_same(run(problem_of(NF_BACKWARD_RESIDUAL, dtype, shape, epilogue), in, {}), whole, {Output::dresidual});
    });
}

TEST_CASE("Inference is apply with the running statistics") {
    for_each_case([](nf_dtype dtype, const char *shape, const char *epilogue) {
        const Problem inference = problem_of(NF_FORWARD_INFERENCE, dtype, shape, epilogue);
        Inputs in = make_inputs(inference.description, {});
        const Results whole = run(inference, in, {});
        in.saved_mean = in.running_mean;
        in.saved_invstd.clear();
        for (const double variance : in.running_variance)
            in.saved_invstd.push_back(round_to(statistic_type(inference.description),
                                               reference::strict_invstd(variance, inference.description.eps)));
        check_same(run(problem_of(NF_APPLY, dtype, shape, epilogue), in, {}), whole, {Output::y});
    });
}

TEST_CASE("A batch in parts has the statistics and the y of the whole") {
    for (const nf_dtype dtype : kDtypes) {
        const std::string shape = "nchw:18x5x7x7";
        const Problem whole = problem_of(NF_FORWARD_TRAIN, dtype, shape, "add_relu:var=unbiased");
        const Inputs in = make_inputs(whole.description, {});
        Inputs merging = in;
        merging.triples.clear();
        for (int part = 0; part < kParts; ++part) {
            const Inputs piece = slice(in, kCuts[part], kCuts[part + 1]);
            const Problem stats = sliced(problem_of(NF_STATS, dtype, shape, ""), piece.shape.n);
            append(merging.triples, run(stats, piece, {}).triple(Output::count));
        }
        Problem merge = problem_of(NF_MERGE, dtype, shape, "");
        merge.description.parts = kParts;
        merge.description.running_variance = NF_VARIANCE_UNBIASED;
        Results results = run(merge, merging, {});
        for (int part = 0; part < kParts; ++part) {
            Inputs piece = slice(in, kCuts[part], kCuts[part + 1]);
            piece.saved_mean = results[Output::mean];
            piece.saved_invstd = results[Output::invstd];
            const Problem apply = sliced(problem_of(NF_APPLY, dtype, shape, "add_relu"), piece.shape.n);
            append(results[Output::y], run(apply, piece, {})[Output::y]);
        }
        const Comparison comparison = compare(whole, in, results);
        INFO(name_of(dtype) << ": " << to_string(comparison));
        CHECK(comparison.within_bounds());
        CHECK(comparison.outputs.size() == 6);
    }
}

TEST_CASE("A batch in parts has the gradients of the whole") {
    for (const nf_dtype dtype : kDtypes) {
        const std::string shape = "nchw:18x5x7x7";
        const Problem whole = problem_of(NF_BACKWARD_TRAIN, dtype, shape, "relu");
        const Inputs in = make_inputs(whole.description, {});
        Inputs merging = in;
        merging.triples.clear();
        for (int part = 0; part < kParts; ++part) {
            const Inputs piece = slice(in, kCuts[part], kCuts[part + 1]);
            const Problem reduce = sliced(problem_of(NF_BACKWARD_REDUCE, dtype, shape, "relu"), piece.shape.n);
            append(merging.triples, run(reduce, piece, {}).triple(Output::count));
        }
        Problem merge = problem_of(NF_BACKWARD_MERGE, dtype, shape, "");
        merge.description.parts = kParts;
        Results results = run(merge, merging, {});
        for (int part = 0; part < kParts; ++part) {
            Inputs piece = slice(in, kCuts[part], kCuts[part + 1]);
            piece.triples = results.triple(Output::merged_count);
            const Problem apply = sliced(problem_of(NF_BACKWARD_APPLY, dtype, shape, "relu"), piece.shape.n);
            append(results[Output::dx], run(apply, piece, {})[Output::dx]);
        }
        for (const Output merged : {Output::merged_count, Output::merged_first, Output::merged_second})
            results[merged].clear();
        const Comparison comparison = compare(whole, in, results);
        INFO(name_of(dtype) << ": " << to_string(comparison));
        CHECK(comparison.within_bounds());
        CHECK(comparison.outputs.size() == 3);
    }
}

TEST_CASE("Triples of empty parts alone leave the running statistics") {
    const Problem merge = parse_problem("merge:f32:nc:8x5:k=3");
    Inputs in = make_inputs(merge.description, {});
    in.triples.assign(in.triples.size(), 0);
    const Results results = run(merge, in, {});
    CHECK(results[Output::mean] == Values(5, 0));
    CHECK(results[Output::variance] == Values(5, 0));
    CHECK(results[Output::running_mean] == in.running_mean);
    CHECK(results[Output::running_variance] == in.running_variance);
}

TEST_CASE("The unbiased running variance averages M2 / (m - 1), and for m = 1 the biased one") {
    for (const char *shape : {"nc:1x5", "nc:2x5", "nchw:3x4x5x5", "ncw:2x3x700"}) {
        Problem problem = parse_problem(std::string("forward_train:f32:") + shape + ":var=unbiased");
        problem.description.momentum = 0;
        const Inputs in = make_inputs(problem.description, {});
        const Results results = run(problem, in, {});
        INFO(shape);
        const Comparison comparison = compare(problem, in, results);
        INFO(to_string(comparison));
        CHECK(comparison.within_bounds());
        const auto m = static_cast<double>(in.shape.per_channel());
        for (int64_t c = 0; c < in.shape.c; ++c) {
            const double biased = results[Output::variance][c], wanted = m > 1 ? biased * m / (m - 1) : biased;
            CHECK(std::abs(results[Output::running_variance][c] - wanted) <= 0x1p-23 * wanted);
        }
    }
}

TEST_CASE("A cumulative average over three batches is the mean of all") {
    for (const char *shape : {"nchw:4x3x5x5", "nc:37x5"}) {
        Problem problem = parse_problem(std::string("forward_train:f32:") + shape);
        problem.description.average = NF_AVERAGE_CUMULATIVE;
        problem.description.momentum = 0.123; // of no meaning then
        Inputs in = make_inputs(problem.description, {});
        Values mean(in.shape.c), variance(in.shape.c);
        for (in.batches_averaged = 0; in.batches_averaged < 3; ++in.batches_averaged) {
            const auto seed = static_cast<uint64_t>(10 + in.batches_averaged);
            in.x = make_inputs(problem.description, {Distribution::normal, 1, 2, seed}).x;
            const Results results = run(problem, in, {});
            CHECK(compare(problem, in, results).within_bounds());
            for (int64_t c = 0; c < in.shape.c; ++c) {
                mean[c] += results[Output::mean][c] / 3;
                variance[c] += results[Output::variance][c] / 3;
            }
            in.running_mean = results[Output::running_mean];
            in.running_variance = results[Output::running_variance];
        }
        for (int64_t c = 0; c < in.shape.c; ++c) {
            CHECK(std::abs(in.running_mean[c] - mean[c]) <= 4 * ulp(NF_F32, std::abs(mean[c]) + 1));
            CHECK(std::abs(in.running_variance[c] - variance[c]) <= 4 * ulp(NF_F32, variance[c]));
        }
    }
}
