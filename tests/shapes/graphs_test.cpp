// SPDX-License-Identifier: MIT
// What is read from a graph: epilogues, training mode, attributes, ranks, opsets, and shapes that are given.
#include "tests/shapes/model_text.h"

#include <catch2/catch.hpp>

using namespace normforge;
using namespace normforge::shapes;
using namespace normforge::shapes::testing;

using Lines = std::vector<std::string>;

namespace {

const std::string kNormalise = "y = BatchNormalization (x, s, b, m, v) ";
const std::string kProblem = "forward_inference:f32:nchw:2x8x6x4";

} // namespace

TEST_CASE("an activation or an addition that alone uses the output is fused") {
    const auto [nodes, epilogue] = GENERATE(table<std::string, std::string>({
        {"o = Relu (y)", ":relu"},
        {"o = LeakyRelu (y)", ":leaky_relu"},
        {"o = LeakyRelu <alpha = 0.2> (y)", ":leaky_relu:slope=0.2"},
        {"lo = Constant <value_float = 0.0> () hi = Constant <value = float {6.0}> () o = Clip (y, lo, hi)", ":relu6"},
        {"lo = Constant <value_float = 0.0> () hi = Constant <value_float = 5.0> () o = Clip (y, lo, hi)", ""},
        {"lo = Constant <value_float = 0.0> () o = Clip (y, lo)", ""},
        {"o = Clip (y, s, b)", ""},
        {"o = Sigmoid (y)", ":sigmoid"},
        {"o = Tanh (y)", ":tanh"},
        {"o = HardSwish (y)", ":hard_swish"},
        {"g = Sigmoid (y) o = Mul (y, g)", ":silu"},
        {"g = Sigmoid (y) o = Mul (g, y)", ":silu"},
        {"g = HardSigmoid <alpha = 0.16666667> (y) o = Mul (y, g)", ":hard_swish"},
        {"g = HardSigmoid (y) o = Mul (y, g)", ""},
        {"g = Sigmoid (y) o = Mul (z, g)", ":sigmoid"},
        {"g = Sigmoid (y) p = Mul (y, g) o = Add (p, g)", ""}, // the gate is needed by itself
        {"o = Elu (y)", ""},
        {"r = Relu (y) o = Mul (y, r)", ""}, // y is needed as it stands
        {"o = Add (y, z)", ":add"},
        {"o = Add (z, y)", ":add"},
        {"o = Sum (y, z)", ":add"},
        {"o = Sum (y, z, z)", ""},
        {"a = Add (y, z) o = Relu (a)", ":add_relu"},
        {"a = Add (y, z) g = Sigmoid (a) o = Mul (a, g)", ":add_silu"},
        {"a = Add (y, z) r = Relu (a) o = Mul (a, r)", ":add"},
        {"a = Add (y, y) o = Relu (a)", ""},
        {"k = Constant <value_float = 3.0> () o = Add (y, k)", ""}, // no residual: it is broadcast
        {"o = Identity (y)", ""},
    }));
    INFO(nodes);
    CHECK(lines_of(kNormalise + nodes) == Lines{kProblem + epilogue + " *1"});
}

TEST_CASE("an output of the graph is needed as it stands") {
    CHECK(lines_of("o = BatchNormalization (x, s, b, m, v) r = Relu (o)") == Lines{kProblem + " *1"});
}

TEST_CASE("a value that a branch uses is needed as it stands") {
    CHECK(lines_of(kNormalise + "r = Relu (y) k = Constant <value = bool {1}> () "
                                "o = If (k) <then_branch = t () => (float[2,8,6,4] p) { p = Neg (y) }, "
                                "else_branch = e () => (float[2,8,6,4] q) { q = Neg (r) }>") == Lines{kProblem + " *1"});
}

TEST_CASE("of two that are added the later one adds, and does so alone") {
    const std::string first = kNormalise,
                      second = "c = Conv <pads = [1,1,1,1]> (z, w) q = BatchNormalization (c, s, b, m, v) ";
    const Lines expected = {kProblem + " *1", kProblem + ":add_relu *1"};
    CHECK(lines_of(first + second + "a = Add (y, q) o = Relu (a)") == expected);
    CHECK(lines_of(first + second + "a = Add (q, y) o = Relu (a)") == expected);
    // The later one is needed as it stands: it is a residual for the first.
    CHECK(lines_of(first + second + "a = Add (y, q) r = Relu (a) o = Mul (r, q)") ==
          Lines{kProblem + ":add_relu *1", kProblem + " *1"});
}

TEST_CASE("training mode is an attribute since opset 14, before it is more outputs than one") {
    const Lines trains = {"forward_train:f32:nchw:2x8x6x4 *1", "backward_train:f32:nchw:2x8x6x4 *1"};
    const Lines infers = {kProblem + " *1"};
    CHECK(lines_of("o, p, q = BatchNormalization <training_mode = 1> (x, s, b, m, v)") == trains);
    CHECK(lines_of("o = BatchNormalization <training_mode = 0> (x, s, b, m, v)") == infers);
    CHECK(lines_of("o, p, q, r, t = BatchNormalization (x, s, b, m, v)", 13) == trains);
    CHECK(lines_of("o = BatchNormalization (x, s, b, m, v)", 7) == infers);
}

TEST_CASE("opset 7 and 8 can give every position a channel of its own") {
    CHECK(lines_of("o = BatchNormalization <spatial = 0> (x, s, b, m, v)", 8) == Lines{"forward_inference:f32:nc:2x192 *1"});
}

TEST_CASE("before opset 11 the bounds of Clip are attributes") {
    CHECK(lines_of(kNormalise + "o = Clip <min = 0.0, max = 6.0> (y)", 10) == Lines{kProblem + ":relu6 *1"});
}

TEST_CASE("epsilon is read as the decimals that were meant") {
    CHECK(lines_of("o = BatchNormalization <epsilon = 0.001> (x, s, b, m, v)") == Lines{kProblem + ":eps=0.001 *1"});
    CHECK(lines_of("o = BatchNormalization <epsilon = 0.00001> (x, s, b, m, v)") == Lines{kProblem + " *1"});
}

TEST_CASE("equal problems are counted where the first one stands") {
    CHECK(lines_of("y = BatchNormalization (x, s, b, m, v) r = Relu (y) p = BatchNormalization (r, s, b, m, v) "
                   "q = BatchNormalization (p, s, b, m, v) o = Relu (q)") == Lines{kProblem + ":relu *2", kProblem + " *1"});
}

TEST_CASE("ops, type and layout can be chosen") {
    const std::string node = "y = BatchNormalization (x, s, b, m, v) o = Relu (y)";
    CHECK(lines_of(node, 17, {2, {}}, {{NF_FORWARD_INFERENCE, NF_BACKWARD_FROZEN, NF_STATS}, NF_BF16, true}) ==
          Lines{"forward_inference:bf16:nhwc:2x6x4x8:relu *1", "backward_frozen:bf16:nhwc:2x6x4x8:relu *1",
                "stats:bf16:nhwc:2x6x4x8 *1"});
}

TEST_CASE("any rank and type has its problem") {
    const auto [tensor, problem, last] = GENERATE(table<std::string, std::string, std::string>({
        {"float[5]", "f32:nc:5x1", "f32:nc:5x1"},
        {"float[5,8]", "f32:nc:5x8", "f32:nc:5x8"},
        {"float16[5,8,3]", "f16:ncw:5x8x3", "f16:nwc:5x3x8"},
        {"bfloat16[5,8,3,4]", "bf16:nchw:5x8x3x4", "bf16:nhwc:5x3x4x8"},
        {"double[5,8,3,4,2]", "f64:ncdhw:5x8x3x4x2", "f64:ndhwc:5x3x4x2x8"},
        {"float[5,8,3,4,2,6]", "f32:any:5x8x3x4x2x6:axis=1", "f32:any:5x3x4x2x6x8:axis=5"},
    }));
    INFO(tensor);
    const std::string model = "<ir_version: 8, opset_import: [\"\" : 17]> g (" + tensor +
                              " x, float[C] s, float[C] b, float[C] m, "
                              "float[C] v) => (" +
                              tensor + " o) { o = BatchNormalization (x, s, b, m, v) }";
    CHECK(lines_of_model(model) == Lines{"forward_inference:" + problem + " *1"});
    CHECK(lines_of_model(model, {}, {{}, {}, true}) == Lines{"forward_inference:" + last + " *1"});
}

TEST_CASE("--batch replaces a number too, and what the model stores about other values") {
    const std::string model =
        "<ir_version: 8, opset_import: [\"\" : 17]> g (float[1,8,6,4] x, float[8,8,3,3] w, float[8] s, "
        "float[8] b, float[8] m, float[8] v) => (float[1,8,4,2] o) <float[1,8,4,2] c> "
        "{ c = Conv (x, w) o = BatchNormalization (c, s, b, m, v) }";
    CHECK(lines_of_model(model) == Lines{"forward_inference:f32:nchw:1x8x4x2 *1"});
    CHECK(lines_of_model(model, {3, {}}) == Lines{"forward_inference:f32:nchw:3x8x4x2 *1"});
    CHECK(lines_of_model(model, {3, {{"x", {2, 8, 10, 10}}}}) == Lines{"forward_inference:f32:nchw:2x8x8x8 *1"});
}

TEST_CASE("a symbol that becomes known is known wherever the model stored it") {
    // Shapes after an operator of another domain are those that the model has stored.
    const std::string model = "<ir_version: 8, opset_import: [\"\" : 17, \"other\" : 1]> g (float[N,8,6,4] x, float[8] s, "
                              "float[8] b, float[8] m, float[8] v) => (float[N,8,3,2] o) <float[N,8,3,2] c> "
                              "{ c = other.Half (x) o = BatchNormalization (c, s, b, m, v) }";
    CHECK(lines_of_model(model, {4, {}}) == Lines{"forward_inference:f32:nchw:4x8x3x2 *1"});
}

TEST_CASE("shapes that the graph computes are followed") {
    CHECK(lines_of(
              "d = Shape (x) i = Constant <value_ints = [0]> () n = Gather (d, i) k = Constant <value_ints = [8, 24]> () "
              "t = Concat <axis = 0> (n, k) f = Reshape (x, t) y = BatchNormalization (f, s, b, m, v) o = Reshape (y, d)") ==
          Lines{"forward_inference:f32:ncw:2x8x24 *1"});
}

TEST_CASE("since opset 18 averages have their axes as an operand") {
    CHECK(lines_of("i = Constant <value_ints = [2, 3]> () a = ReduceMean <keepdims = 1> (x, i) "
                   "o = BatchNormalization (a, s, b, m, v)",
                   18) == Lines{"forward_inference:f32:nchw:2x8x1x1 *1"});
}
