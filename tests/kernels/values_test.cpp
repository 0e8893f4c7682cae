// SPDX-License-Identifier: MIT
// Data that trap careless kernels: exact statistics, large means, constant channels, one element per channel, NaN, infinity,
// numbers whose squares overflow.
#include "runtime/ops.h"
#include "tests/kernels/kernel_sets.h"
#include <cmath>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// Epilogues whose value is one expression to the bit: reference::strict_apply().
bool is_strict(const nf_description &d) {
    return activation_of(d.epilogue) <= NF_EPILOGUE_RELU6;
}

double measured(const Comparison &comparison, Output output) {
    const auto found = std::find_if(comparison.outputs.begin(), comparison.outputs.end(),
                                    [&](const Measured &m) { return m.output == output; });
    REQUIRE(found != comparison.outputs.end());
    return found->error;
}

bool all_finite(const Results &results) {
    return std::all_of(results.values.begin(), results.values.end(), [](const Values &values) {
        return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    });
}

} // namespace

TEST_CASE("Exact statistics come out exact, and y to the bit") {
    const auto keep = [](const nf_description &d) { return d.op == NF_FORWARD_TRAIN && is_strict(d); };
    for_each_problem(kShapes, keep, [](const ProblemVariants &entry) {
        Problem problem = entry.problem;
        for (const nf_running_variance variance : {NF_VARIANCE_BIASED, NF_VARIANCE_UNBIASED}) {
            problem.description.running_variance = variance;
            const DataSpec spec{Distribution::exact, 0, 0, static_cast<uint64_t>(variance) + 1};
            const Inputs inputs = make_inputs(problem.description, spec);
            INFO(to_string(problem) << ", " << to_string(spec));
            CHECK(exact_difference(problem, inputs, run_all(entry, problem, inputs)) == "");
        }
    });
}

TEST_CASE("Inference is the strict expression to the bit, whatever the data") {
    const auto keep = [](const nf_description &d) { return d.op == NF_FORWARD_INFERENCE && is_strict(d); };
    for_each_problem(kShapes, keep, [](const ProblemVariants &entry) {
        const Inputs inputs = make_inputs(entry.problem.description, {});
        CHECK(exact_difference(entry.problem, inputs, run_all(entry, inputs)) == "");
    });
}

TEST_CASE("The variance survives a mean far from zero") {
    const double mean = GENERATE(1e2, 1e3, 1e4); // times sigma
    const auto keep = [](const nf_description &d) {
        return d.op == NF_FORWARD_TRAIN && d.x.dtype == NF_F32 && d.epilogue <= NF_EPILOGUE_RELU &&
               d.statistics == NF_CHANNEL_DEFAULT;
    };
    for_each_problem({"nchw:4x3x64x64", "nchw:64x3x8x8", "nc:2500x3", "ncw:2x3x9000"}, keep,
                     [&](const ProblemVariants &entry) {
                         const nf_description &d = entry.problem.description;
                         const DataSpec spec{Distribution::normal, mean, 1, 5};
                         const Inputs inputs = make_inputs(d, spec);
                         const Comparison comparison = compare(entry.problem, inputs, run_all(entry, inputs));
                         INFO(to_string(spec) << ": " << to_string(comparison));
                         CHECK(measured(comparison, Output::variance) * rounding(statistic_type(d)) <= 2e-7);
                         CHECK(comparison.within_bounds());
                     });
}

TEST_CASE("The variance of ten million elements is good to 2e-7, mean/sigma 10^4") {
    for (const char *shape : {"ncw:10x1x1000000", "nchw:102041x2x7x7", "nc:5000000x2"}) {
        const Problem problem = parse_problem(std::string("forward_train:f32:") + shape);
        const Inputs inputs = make_inputs(problem.description, {Distribution::normal, 1e4, 1, 5});
        const Comparison comparison = compare(problem, inputs, run(problem, inputs, {}));
        INFO(to_string(problem) << ": " << to_string(comparison));
        CHECK(measured(comparison, Output::variance) * rounding(NF_F32) <= 2e-7);
        CHECK(comparison.within_bounds());
    }
}

TEST_CASE("A constant channel has its value as mean, variance 0 and y = f(beta + residual) exactly") {
    const double value = GENERATE(0.1, 100.0, 1e10, -3.3e-5);
    const auto keep = [](const nf_description &d) { return d.op == NF_FORWARD_TRAIN && is_strict(d); };
    for_each_problem(kShapes, keep, [&](const ProblemVariants &entry) {
        const nf_dtype dtype = entry.problem.description.x.dtype;
        const double stored = round_to(dtype, value);
        if (std::isinf(stored)) return; // no such number in f16
        Problem with_eps = entry.problem;
        for (const double eps : {1e-5, 0.0}) {
            with_eps.description.eps = eps;
            const Inputs inputs = make_inputs(with_eps.description, {Distribution::constant, value, 0, 1});
            const Results results = run_all(entry, with_eps, inputs);
            INFO("value " << value << ", eps " << eps);
            const Values means(inputs.shape.c, round_to(statistic_type(with_eps.description), stored));
            CHECK(results[Output::mean] == means);
            CHECK(results[Output::variance] == Values(inputs.shape.c, 0));
            const StrictAffine affine(with_eps.description, inputs, means, Values(inputs.shape.c, 0));
            for_each(inputs.shape,
                     [&](int64_t c, int64_t i) { REQUIRE(results[Output::y][i] == round_to(dtype, affine.value(c, i))); });
        }
    });
}

TEST_CASE("One element per channel is finite: variance 0 and dx = 0") {
    const auto keep = [](const nf_description &d) { return d.op == NF_FORWARD_TRAIN || d.op == NF_BACKWARD_TRAIN; };
    for_each_problem({"nc:1x1", "nc:1x37", "nchw:1x5x1x1"}, keep, [](const ProblemVariants &entry) {
        const Inputs inputs = make_inputs(entry.problem.description, {});
        const Results results = run_all(entry, inputs);
        CHECK(all_finite(results));
        require_right(entry.problem, inputs, results);
        for (const double dx : results[Output::dx]) CHECK(dx == 0);
        for (const double variance : results[Output::variance]) CHECK(variance == 0);
    });
}

TEST_CASE("Results too small for normal f32 numbers are measured by the spacing of subnormal ones") {
    const double eps = GENERATE(1e70, 1e80, 1e88, 1e300);
    const auto keep = [](const nf_description &d) {
        return d.x.dtype == NF_F32 && d.op <= NF_BACKWARD_FROZEN && is_strict(d);
    };
    for_each_problem({"nchw:3x5x7x7", "ncw:3x2x257", "nc:131x33"}, keep, [&](const ProblemVariants &entry) {
        Problem with_eps = entry.problem;
        with_eps.description.eps = eps;
        const Inputs inputs = make_inputs(with_eps.description, {});
        INFO("eps " << eps);
        require_right(with_eps, inputs, run_all(entry, with_eps, inputs));
    });
}

TEST_CASE("NaN and infinity stay in their channel and are not swallowed there") {
    const double poison = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity());
    const auto sees_tensors = [](const nf_description &d) { return has_form(d.op); };
    for_each_problem({"nchw:3x5x7x7", "ncw:2x2x1100", "nc:131x33"}, sees_tensors, [&](const ProblemVariants &entry) {
        const nf_description &d = entry.problem.description;
        const Inputs clean = make_inputs(d, {});
        const reference::Shape &shape = clean.shape;
        const Results before = run_all(entry, clean);
        const int64_t hit = shape.c / 2;
        for (const char *name : {"x", "residual", "dy", "y"}) {
            const OperandRow &row = operand(name);
            if (access_of(row, d) != Access::read) continue;
            // The first element of a channel is the shift of its tile, the last one is in a tail.
            for (const int64_t at : {hit * shape.s, ((shape.n - 1) * shape.c + hit) * shape.s + shape.s - 1}) {
                Inputs inputs = clean;
                (inputs.*row.values)[at] = poison;
                const Results results = run_all(entry, inputs);
                INFO(poison << " in " << name << " at " << at);
                require_right(entry.problem, inputs, results);
                for (int i = 0; i < kOutputCount; ++i) {
                    const bool per_channel = results.values[i].size() == static_cast<size_t>(shape.c);
                    int64_t leaks = 0;
                    for (size_t k = 0; k < results.values[i].size(); ++k) {
                        const int64_t c = per_channel ? static_cast<int64_t>(k) : channel_of(shape, k);
                        if (c != hit && results.values[i][k] != before.values[i][k]) ++leaks;
                    }
                    INFO(name_of(static_cast<Output>(i)));
                    CHECK(leaks == 0);
                }
            }
        }
    });
}

TEST_CASE("With f64 statistics numbers whose squares overflow f32 stay finite") {
    const auto keep = [](const nf_description &d) { return d.statistics == NF_CHANNEL_F64 && d.x.dtype != NF_F16; };
    for_each_problem(kShapes, keep, [](const ProblemVariants &entry) {
        const Inputs inputs = make_inputs(entry.problem.description, {Distribution::normal, 1e30, 1e30, 7});
        const Results results = run_all(entry, inputs);
        CHECK(all_finite(results));
        require_right(entry.problem, inputs, results);
    });
}
