// SPDX-License-Identifier: MIT
// Few long channels are cut into parts that threads take side by side: right, and the same bits with any number of threads.
#include "tests/kernels/spreading_pool.h"
#include "tests/support/compare.h"
#include "tests/support/variants.h"
#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::testing;

namespace {

/// Right with one thread, and the same bits with five that all work.
void check_shared_out(const std::string &text) {
    const Problem problem = parse_problem(text);
    const Inputs inputs = make_inputs(problem.description, {});
    INFO(text);
    const Results alone = run(problem, inputs, {"", 1});
    const Comparison comparison = compare(problem, inputs, alone);
    INFO(to_string(comparison, true));
    CHECK(comparison.within_bounds());
    const SpreadingPool pool;
    const Results shared = run(problem, inputs, {"", 5});
    CHECK(first_difference(shared, alone).empty());
    CHECK(parse_symbol(shared.variant).op == parse_symbol(alone.variant).op); // not its store: threads share the cache
    CHECK(pool.most_threads() == 5);
}

} // namespace

TEST_CASE("Few long channels are shared out to threads, to the same bits") {
    const std::string op = GENERATE("forward_train", "stats", "backward_train", "backward_frozen");
    // Parts are runs of a plane, images and runs, images, and images of a small plane; the last part is shorter.
    const std::string shape = GENERATE("nchw:1x1x1024x1031", "nchw:3x3x600x601", "nchw:19x1x240x240", "nchw:66001x3x4x4");
    check_shared_out(op + ":f32:" + shape + (op == "stats" ? "" : ":add_relu"));
}

TEST_CASE("Few long channels of other types, in place, with sums added to") {
    check_shared_out(GENERATE("forward_train:bf16:nchw:3x3x600x601:relu", "backward_train:bf16:nchw:66001x3x4x4:relu",
                              "forward_train:f64:nchw:1x1x1024x1031", "forward_train:f32:nchw:19x1x240x240:relu:inplace",
                              "backward_train:f32:nchw:19x1x240x240:relu:grad=waa:inplace"));
}

TEST_CASE("A fused kernel that is forced takes few long channels whole") {
    const Problem problem = parse_problem("forward_train:f32:nchw:3x3x600x601:relu");
    const Inputs inputs = make_inputs(problem.description, {});
    int fused = 0;
    for (const Variant &variant : registered_variants()) {
        if (!variant.usable || variant.parts.op != NF_FORWARD_TRAIN || !fits(variant.parts, problem)) continue;
        INFO(variant.name);
        CHECK(compare(problem, inputs, run(problem, inputs, {variant.name, 2})).within_bounds());
        ++fused;
    }
    CHECK(fused > 0);
}
