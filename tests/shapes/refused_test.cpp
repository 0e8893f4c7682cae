// SPDX-License-Identifier: MIT
// Models that cannot be used: each refusal says where, what came and what was expected.
#include "tests/shapes/model_text.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <onnx/onnx_pb.h>
#include <unistd.h>

using namespace normforge;
using namespace normforge::shapes;
using namespace normforge::shapes::testing;
using Catch::Contains;

namespace {

const std::string kNode = "o = BatchNormalization (x, s, b, m, v)";

/// The refusal of a file with this content.
std::string refusal_of_bytes(const std::string &bytes) {
    const std::string path = std::filesystem::temp_directory_path() / ("normforge_refused_test_" + std::to_string(getpid()));
    std::ofstream(path, std::ios::binary) << bytes;
    std::string text = "accepted";
    try {
        read_model(path, {});
    } catch (const std::runtime_error &error) {
        text = error.what();
    }
    std::remove(path.c_str());
    return text;
}

onnx::ModelProto smallest_model() {
    onnx::ModelProto model;
    model.set_ir_version(8);
    model.mutable_graph()->set_name("g");
    model.add_opset_import()->set_version(17);
    return model;
}

} // namespace

TEST_CASE("files that are no model") {
    CHECK_THROWS_WITH(read_model("/absent.onnx", {}), "/absent.onnx: cannot be read");
    CHECK_THROWS_WITH(read_model("/", {}), "/: cannot be read");
    CHECK_THAT(refusal_of_bytes("no model\n"),
               Contains("is not an ONNX model, or is truncated: its 9 bytes are not a protobuf"));
    CHECK_THAT(refusal_of_bytes(""), Contains("its 0 bytes hold no graph"));
    onnx::ModelProto model = smallest_model();
    CHECK_THAT(refusal_of_bytes(model.SerializeAsString()), Contains("holds no BatchNormalization (0 nodes"));
    model.clear_ir_version();
    CHECK_THAT(refusal_of_bytes(model.SerializeAsString()), Contains("hold no ir_version"));
}

TEST_CASE("a model is refused wherever it is cut off") {
    onnx::ModelProto model = smallest_model();
    for (const char *name : {"a", "b", "c"}) model.mutable_graph()->add_node()->set_name(name);
    const std::string bytes = model.SerializeAsString();
    for (size_t size = 0; size < bytes.size(); ++size) {
        INFO(size << " of " << bytes.size());
        CHECK_THAT(refusal_of_bytes(bytes.substr(0, size)), Contains("is not an ONNX model") || Contains("says no version"));
    }
}

TEST_CASE("opsets that are not known") {
    CHECK_THROWS_WITH(lines_of(kNode, 6), Contains("is of opset 6, expected opset 7 to 28"));
    CHECK_THROWS_WITH(lines_of(kNode, 29), Contains("is of opset 29, expected opset 7 to 28"));
    CHECK_THROWS_WITH(lines_of_model("<ir_version: 8, opset_import: [\"other\" : 1]> g (float[2] x) => (float[2] o) "
                                     "{ o = other.Half (x) }"),
                      Contains("says no version of ONNX's operators (opset_import), expected opset 7 to 28"));
}

TEST_CASE("inputs that are not as the model has them") {
    CHECK_THROWS_WITH(lines_of(kNode, 17, {{}, {{"image", {2, 8, 6, 4}}}}),
                      Contains("--input image: the model has no such input, expected one of: x (Nx8x6x4)"));
    CHECK_THROWS_WITH(lines_of(kNode, 17, {{}, {{"x", {2, 8}}}}),
                      Contains("--input x=2x8: has 2 dimensions, expected 4, as the model says: Nx8x6x4"));
    CHECK_THROWS_WITH(
        lines_of_model("<ir_version: 8, opset_import: [\"\" : 17]> g (float x) => (float o) { o = Relu (x) }", {2, {}}),
        Contains("--batch: no input of the model has a first dimension to set, its inputs are: x (scalar)"));
}

TEST_CASE("shapes that stay unknown") {
    CHECK_THROWS_WITH(lines_of(kNode, 17, {}), Contains("node 'o' (BatchNormalization)") && Contains("input 'x'") &&
                                                   Contains("(Nx8x6x4)") && Contains("expected --batch N"));
    const std::string no_size =
        "<ir_version: 8, opset_import: [\"\" : 17]> g (float[N,8,H,W] x, float[8] s, float[8] b, float[8] m, "
        "float[8] v) => (float[N,8,H,W] o) {" +
        kNode + "}";
    CHECK_THROWS_WITH(lines_of_model(no_size, {2, {}}), Contains("(2x8xHxW)") && Contains("expected --input NAME=AxBxC"));
    CHECK_THROWS_WITH(lines_of("h = other.Half (x) r = Relu (h) o = BatchNormalization (r, s, b, m, v)"),
                      Contains("shape inference stops at node 'h', other's Half"));
    CHECK_THROWS_WITH(lines_of("c = DFT (x) o = BatchNormalization (c, s, b, m, v)", 20),
                      Contains("stops at node 'c', DFT of opset 20") && Contains("knows only an older one"));
    // Axes that only the run knows.
    CHECK_THROWS_WITH(lines_of("d = Shape (x) a = ReduceMean (x, d) o = BatchNormalization (a, s, b, m, v)", 18),
                      Contains("stops at node 'a', ReduceMean"));
    // A shape that is asked of a value without a type.
    CHECK_THROWS_WITH(lines_of("h = other.Half (x) d = Shape (h) r = Reshape (z, d) o = BatchNormalization (r, s, b, m, v)"),
                      Contains("stops at node 'h'"));
}

TEST_CASE("what libonnx has to say is passed on") {
    CHECK_THROWS_WITH(
        lines_of("y = BatchNormalization <training_mode = 1> (x, s, b, m, v) o = BatchNormalization (y, s, b, m, v)"),
        Contains("stops at node 'y', BatchNormalization of opset 17") && Contains("op outputs should be 3"));
}

TEST_CASE("a batch that the model fixes inside") {
    CHECK_THROWS_WITH(
        lines_of("k = Constant <value_ints = [2, 8, 24]> () f = Reshape (x, k) y = BatchNormalization (f, s, b, m, v) "
                 "d = Shape (x) o = Reshape (y, d)",
                 17, {4, {}}),
        Contains("has batch 2 where --batch says 4"));
}

TEST_CASE("nodes that are not what BatchNormalization is") {
    CHECK_THROWS_WITH(lines_of("o = BatchNormalization (x, s, b)"), Contains("has 3 inputs and 1 outputs, expected 5"));
    CHECK_THROWS_WITH(
        lines_of_model("<ir_version: 8, opset_import: [\"\" : 17]> g (int64[2,8] x, float[8] s, float[8] b, float[8] m, "
                       "float[8] v) => (int64[2,8] o) {" +
                       kNode + "}"),
        Contains("element type 7, expected float"));
    CHECK_THROWS_WITH(
        lines_of_model("<ir_version: 8, opset_import: [\"\" : 17]> g (float[1,2,1,1,1,1,1,1,1] x, float[2] s, float[2] b, "
                       "float[2] m, float[2] v) => (float[1,2,1,1,1,1,1,1,1] o) {" +
                       kNode + "}"),
        Contains("its input has 9 dimensions, expected 1 to 8"));
    CHECK_THROWS_WITH(lines_of("o = BatchNormalization <epsilon = -1.0> (x, s, b, m, v)"),
                      Contains("node 'o'") && Contains("eps"));
}

TEST_CASE("normalisations that are not in the main graph") {
    CHECK_THROWS_WITH(
        lines_of("k = Constant <value = bool {1}> () o = If (k) <then_branch = t () => (float[2,8,6,4] p) "
                 "{ p = BatchNormalization (x, s, b, m, v) }, else_branch = e () => (float[2,8,6,4] q) { q = Neg (x) }>"),
        Contains("node 'o' (If): BatchNormalization in its graph"));
}
