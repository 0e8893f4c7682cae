// SPDX-License-Identifier: MIT
// Gradients: the mask that backward recomputes is the one forward used, to the bit; sums of exact terms are exact; each
// gradient is written, added to or left alone as asked.
#include "runtime/names.h"
#include "runtime/ops.h"
#include "tests/kernels/kernel_sets.h"
#include <cmath>
#include <map>
#include <memory>
#include <sys/mman.h>

using namespace normforge;
using namespace normforge::testing;

namespace {

const std::vector<std::string> kPlanes = {"nchw:3x5x7x7",  "nchw:20x4x4x4", "ncw:3x2x257", "ncw:2x2x2500",
                                          "nhwc:3x7x7x20", "nc:131x33",     "nc:2500x3"};

bool is_relu(const nf_description &d) {
    return activation_of(d.epilogue) == NF_EPILOGUE_RELU;
}

/// The forward op of the statistics that a backward op takes.
Problem forward_of(const Problem &backward) {
    Problem problem = backward;
    problem.description.op = backward.description.op == NF_BACKWARD_FROZEN ? NF_FORWARD_INFERENCE : NF_FORWARD_TRAIN;
    return problem;
}

} // namespace

TEST_CASE("Backward's ReLU mask is forward's, also with a residual") {
    const auto keep = [](const nf_description &d) {
        return d.op == NF_BACKWARD_FROZEN && is_relu(d) && d.x.dtype == NF_F32 && d.statistics == NF_CHANNEL_DEFAULT &&
               d.dx_gradient == NF_GRADIENT_WRITE;
    };
    for_each_problem(kPlanes, keep, [](const ProblemVariants &entry) {
        Inputs inputs = make_inputs(entry.problem.description, {});
        // beta = 0, no residual, and x close to the running mean: most signs hang on the last bits.
        inputs.beta.assign(inputs.beta.size(), 0);
        inputs.residual.assign(inputs.residual.size(), 0);
        for (size_t i = 0; i < inputs.x.size(); ++i) {
            const double mean = inputs.running_mean[channel_of(inputs.shape, i)];
            const auto x = static_cast<float>(mean);
            inputs.x[i] = i % 3 == 0 ? x : std::nextafter(x, i % 2 == 0 ? INFINITY : -INFINITY);
        }
        inputs.dy.assign(inputs.dy.size(), 1);
        const Values y = run(forward_of(entry.problem), inputs, {})[Output::y];
        if (!inputs.y.empty()) inputs.y = y;
        const Values dx = run_all(entry, inputs)[Output::dx];
        int64_t differ = 0, positive = 0;
        for (size_t i = 0; i < y.size(); ++i) {
            differ += (y[i] > 0) != (dx[i] != 0);
            positive += y[i] > 0;
        }
        CHECK(differ == 0);
        CHECK(positive > 0);
    });
}

TEST_CASE("With dy = 1, dbeta counts the elements that ReLU let through") {
    const auto keep = [](const nf_description &d) {
        return d.op == NF_BACKWARD_TRAIN && is_relu(d) && d.statistics == NF_CHANNEL_DEFAULT;
    };
    for_each_problem(kPlanes, keep, [](const ProblemVariants &entry) {
        Inputs inputs = make_inputs(entry.problem.description, {});
        inputs.dy.assign(inputs.dy.size(), 1);
        const Results forward = run(forward_of(entry.problem), inputs, {});
        inputs.saved_mean = forward[Output::mean];
        inputs.saved_invstd = forward[Output::invstd];
        if (!inputs.y.empty()) inputs.y = forward[Output::y];
        Values passed(inputs.shape.c);
        for (size_t i = 0; i < inputs.x.size(); ++i) passed[channel_of(inputs.shape, i)] += forward[Output::y][i] > 0;
        CHECK(run_all(entry, inputs)[Output::dbeta] == passed);
    });
}

TEST_CASE("Sums of exact terms are exact") {
    const auto keep = [](const nf_description &d) { return d.op == NF_BACKWARD_TRAIN && d.epilogue == NF_EPILOGUE_NONE; };
    for_each_problem(kPlanes, keep, [](const ProblemVariants &entry) {
        Inputs inputs = make_inputs(entry.problem.description, {Distribution::exact, 0, 0, 3});
        // Eighths and integers: every sum of 2^20 products fits the f32 mantissa of a tile and the f64 one between tiles.
        for (size_t i = 0; i < inputs.dy.size(); ++i) inputs.dy[i] = static_cast<int>(i * 7 % 11) - 4;
        for (double &mean : inputs.saved_mean) mean = std::round(mean);
        for (double &invstd : inputs.saved_invstd) invstd = 0.5;
        reference::Channels dbeta(inputs.shape.c), dgamma(inputs.shape.c);
        for (size_t i = 0; i < inputs.dy.size(); ++i) {
            const int64_t c = channel_of(inputs.shape, i);
            dbeta[c] += inputs.dy[i];
            dgamma[c] += inputs.dy[i] * (inputs.x[i] - inputs.saved_mean[c]) * 0.5;
        }
        const Results results = run_all(entry, inputs);
        CHECK(results[Output::dbeta] == Values(dbeta.begin(), dbeta.end()));
        CHECK(results[Output::dgamma] == Values(dgamma.begin(), dgamma.end()));
    });
}

namespace {

constexpr Output kGradients[] = {Output::dx, Output::dgamma, Output::dbeta, Output::dresidual};

/// What is asked for decides which kernels run, never what they write: bits are those of the run that asks for everything.
/// The runner checks that what nobody asks for is left alone.
void check_request(const std::string &text, const std::string &letters, const Inputs &inputs, const Results &all) {
    const Problem problem = parse_problem(text + ":grad=" + letters);
    INFO(to_string(problem));
    const Results results = run(problem, inputs, {});
    require_right(problem, inputs, results);
    const bool f32 = problem.description.x.dtype == NF_F32;
    for (size_t i = 0; i < letters.size(); ++i) {
        const Values &values = results[kGradients[i]];
        INFO(name_of(kGradients[i]));
        if (letters[i] == 'n') CHECK(values.empty());
        if (letters[i] == 'w') CHECK(values == all[kGradients[i]]);
        if (letters[i] != 'a' || !f32 || (i != 0 && i != 3)) continue;
        const Values &before = i == 0 ? inputs.dx : inputs.dresidual; // f32 tensors are not rounded before the sum
        for (size_t k = 0; k < values.size(); ++k)
            REQUIRE(values[k] == static_cast<float>(before[k]) + static_cast<float>(all[kGradients[i]][k]));
    }
}

/// All words of so many letters n, w and a.
std::vector<std::string> requests(int letters) {
    std::vector<std::string> words = {""};
    for (int i = 0; i < letters; ++i) {
        std::vector<std::string> longer;
        for (const std::string &word : words)
            for (const char letter : {'n', 'w', 'a'}) longer.push_back(word + letter);
        words = longer;
    }
    return words;
}

} // namespace

TEST_CASE("All combinations of requested gradients") {
    const char *op = GENERATE("backward_train", "backward_frozen");
    const char *dtype = GENERATE("f32", "bf16", "f16", "f64");
    for (const char *shape : {"nchw:5x4x7x7", "nchw:2x3x20x20", "nhwc:3x5x5x19", "ncw:2x2x1100"}) {
        for (const std::string epilogue : {"none", "relu", "add", "add_relu"}) {
            const bool residual = epilogue.rfind("add", 0) == 0;
            const std::string text = std::string(op) + ":" + dtype + ":" + shape + ":" + epilogue;
            // The values before the call, for every gradient.
            const Inputs inputs = make_inputs(parse_problem(text + ":grad=" + (residual ? "aaaa" : "aaa")).description, {});
            const Results all = run(parse_problem(text), inputs, {});
            for (const std::string &letters : requests(residual ? 4 : 3)) check_request(text, letters, inputs, all);
        }
    }
}

TEST_CASE("dx alone with constant statistics moves dy and dx: x is not read") {
    for (const char *shape : {"nchw:2x5x40x40", "nchw:3x5x7x7", "nhwc:3x7x7x20"}) {
        const Problem problem = parse_problem(std::string("backward_frozen:f32:") + shape + ":none:grad=wnn");
        nf_plan *created = nullptr;
        REQUIRE(nf_plan_create(&problem.description, &created) == NF_SUCCESS);
        const std::unique_ptr<nf_plan, decltype(&nf_plan_destroy)> plan(created, nf_plan_destroy);
        const Inputs in = make_inputs(problem.description, {});
        const size_t bytes = in.x.size() * sizeof(float);
        void *nobody_may_read = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(nobody_may_read != MAP_FAILED);
        std::vector<float> dy(in.dy.begin(), in.dy.end()), dx(dy.size());
        std::vector<float> mean(in.running_mean.begin(), in.running_mean.end());
        std::vector<float> variance(in.running_variance.begin(), in.running_variance.end());
        const GuardedBuffer workspace(nf_plan_workspace_size(plan.get()), Edge::begin);
        nf_tensors tensors;
        REQUIRE(nf_tensors_init(&tensors) == NF_SUCCESS);
        tensors.x = nobody_may_read;
        tensors.dy = dy.data();
        tensors.dx = dx.data();
        tensors.running_mean = {mean.data(), in.shape.c};
        tensors.running_variance = {variance.data(), in.shape.c};
        tensors.workspace = workspace.data();
        tensors.workspace_size = workspace.size();
        REQUIRE(nf_plan_execute(plan.get(), &tensors) == NF_SUCCESS);
        CHECK(dx[0] == dy[0] * reference::strict_invstd(variance[0], problem.description.eps));
        munmap(nobody_may_read, bytes);
    }
}

TEST_CASE("The residual's gradient alone, and the merge of backward, honour their requests") {
    for (const char *dtype : {"f32", "bf16", "f16", "f64"}) {
        const std::string merge = std::string("backward_merge:") + dtype + ":nc:50x7:k=3";
        const std::string residual = std::string("backward_residual:") + dtype + ":nc:50x7:add_relu";
        const Inputs merge_inputs = make_inputs(parse_problem(merge + ":grad=www").description, {});
        const Results merged = run(parse_problem(merge), merge_inputs, {});
        for (const std::string &letters : requests(2)) check_request(merge, "w" + letters, merge_inputs, merged);
        const Inputs residual_inputs = make_inputs(parse_problem(residual + ":grad=wwwa").description, {});
        const Results written = run(parse_problem(residual), residual_inputs, {});
        for (const std::string &letter : requests(1)) check_request(residual, "www" + letter, residual_inputs, written);
    }
}

TEST_CASE("gamma, beta and everything optional may be absent, each by itself") {
    for (const char *dtype : {"f32", "bf16", "f64"}) {
        for (const char *rest : {"nchw:5x4x7x7:add_relu", "nhwc:3x5x5x19", "ncw:2x2x1100:relu"}) {
            for (const char *op : {"forward_train", "forward_inference", "apply", "backward_train", "backward_frozen"}) {
                const Problem problem = parse_problem(std::string(op) + ":" + dtype + ":" + rest);
                for (Values Inputs::*absent : {&Inputs::gamma, &Inputs::beta}) {
                    Inputs inputs = make_inputs(problem.description, {});
                    (inputs.*absent).clear();
                    INFO(to_string(problem) << " without " << (absent == &Inputs::gamma ? "gamma" : "beta"));
                    require_right(problem, inputs, run(problem, inputs, {}));
                }
            }
            const Problem problem = parse_problem(std::string("forward_train:") + dtype + ":" + rest);
            const Inputs inputs = make_inputs(problem.description, {});
            const Results all = run(problem, inputs, {});
            const std::vector<std::pair<std::string, Output>> optional = {{"saved_mean", Output::mean},
                                                                          {"saved_variance", Output::variance},
                                                                          {"saved_invstd", Output::invstd},
                                                                          {"running_mean", Output::running_mean},
                                                                          {"running_variance", Output::running_variance}};
            for (const auto &[name, output] : optional) {
                RunOptions options;
                options.absent = {name};
                Results wanted = all;
                wanted[output].clear();
                INFO(to_string(problem) << " without " << name);
                CHECK(first_difference(run(problem, inputs, options), wanted).empty());
            }
        }
    }
}
