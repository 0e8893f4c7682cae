// SPDX-License-Identifier: MIT
// Few long channels are cut into parts that threads take side by side: right, and the same bits with any number of threads.
#include "tests/kernels/spreading_pool.h"
#include "tests/support/compare.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::testing;

TEST_CASE("Few long channels are shared out to threads, to the same bits") {
    const std::string op = GENERATE("forward_train", "stats", "backward_train", "backward_frozen");
    // Parts are runs of a plane, images and runs, images, and images of a small plane; the last part is shorter.
    const std::string shape = GENERATE("nchw:1x1x1024x1031", "nchw:3x3x600x601", "nchw:19x1x240x240", "nchw:66001x3x4x4");
    const std::string text = op + ":f32:" + shape + (op == "stats" ? "" : ":add_relu");
    const Problem problem = parse_problem(text);
    const Inputs inputs = make_inputs(problem.description, {});
    INFO(text);
    const Results alone = run(problem, inputs, {"", 1});
    const Comparison comparison = compare(problem, inputs, alone);
    INFO(to_string(comparison, true));
    CHECK(comparison.within_bounds());
    const SpreadingPool pool;
    CHECK(first_difference(run(problem, inputs, {"", 5}), alone).empty());
    CHECK(pool.most_threads() == 5);
}
