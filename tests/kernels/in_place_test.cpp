// SPDX-License-Identifier: MIT
// y may be x, and dx may be dy: every variant that can gives the bits that it gives out of place.
#include "runtime/problem_keys.h"
#include "tests/kernels/kernel_sets.h"
#include <set>

using namespace normforge;
using namespace normforge::testing;

TEST_CASE("In place gives the same bits as out of place") {
    std::set<nf_op> ops;
    const auto keep = [](const nf_description &d) { return takes_inplace(d) && d.dx_gradient == NF_GRADIENT_WRITE; };
    for_each_problem(kShapes, keep, [&](const ProblemVariants &entry) {
        const Inputs inputs = make_inputs(entry.problem.description, {});
        Problem in_place = entry.problem;
        in_place.in_place = true;
        CHECK(first_difference(run_all(entry, in_place, inputs), run_all(entry, inputs)).empty());
        ops.insert(entry.problem.description.op);
    });
    CHECK(ops ==
          std::set<nf_op>{NF_FORWARD_TRAIN, NF_FORWARD_INFERENCE, NF_BACKWARD_TRAIN, NF_BACKWARD_FROZEN, NF_BACKWARD_APPLY});
}

TEST_CASE("In place with a residual, whose gradient is asked for as well") {
    for (const char *op : {"backward_train", "backward_frozen"}) {
        for (const char *shape : {"nchw:18x5x7x7", "nchw:4x3x20x20", "nhwc:5x6x6x19"}) {
            for (const char *epilogue : {"add", "add_relu"}) {
                for (const char *gradients : {"wwww", "wnnw", "wwwa"}) {
                    const std::string text = std::string(op) + ":f32:" + shape + ":" + epilogue + ":grad=" + gradients;
                    const Problem problem = parse_problem(text), in_place = parse_problem(text + ":inplace");
                    const Inputs inputs = make_inputs(problem.description, {});
                    INFO(text);
                    CHECK(first_difference(run(in_place, inputs, {}), run(problem, inputs, {})).empty());
                }
            }
        }
    }
}

TEST_CASE("apply and strided tensors work in place") {
    for (const char *text :
         {"apply:f32:nchw:18x5x7x7:add_relu", "apply:bf16:nc:40x5", "forward_train:f32:nc:40x5:strides=8x1",
          "forward_train:f32:nchw:4x3x20x20:relu:strides=2000x500x20x1", "apply:f64:nc:40x5:strides=-5x1"}) {
        const Problem problem = parse_problem(text), in_place = parse_problem(text + std::string(":inplace"));
        const Inputs inputs = make_inputs(problem.description, {});
        INFO(text);
        CHECK(first_difference(run(in_place, inputs, {}), run(problem, inputs, {})).empty());
    }
}
