// SPDX-License-Identifier: MIT
// The grammar of problem strings and shape files: what is read, what is written back, where an error points.
#include "runtime/problem.h"
#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace normforge;

TEST_CASE("canonical spellings are written back as they were read") {
    const std::string text = GENERATE(as<std::string>(), //
                                      "forward_train:f32:nchw:32x64x112x112:relu", "backward_frozen:f32:nhwc:8x7x7x2048",
                                      "forward_inference:f32:nc:5x3:eps=0:offset=4", "backward_train:f32:ncdhw:1x2x3x4x5",
                                      "backward_train:f32:any:4x3x5:relu:axis=-1:eps=0.001:offset=60:strides=30x5x1",
                                      "forward_train:f32:any:0:axis=0", "forward_train:f32:any:1x2x3x4x5x6x7x8:axis=7");
    CHECK(to_string(parse_problem(text)) == text);
}

TEST_CASE("defaults and the order of keys are normalised") {
    CHECK(to_string(parse_problem("forward_train:f32:nc:4x3:none:eps=1e-5:offset=0")) == "forward_train:f32:nc:4x3");
    CHECK(to_string(parse_problem("forward_train:f32:nc:4x3:strides=3x1")) == "forward_train:f32:nc:4x3");
    CHECK(to_string(parse_problem("forward_train:f32:nchw:4x0x4x4:strides=16x16x4x1")) == "forward_train:f32:nchw:4x0x4x4");
    CHECK(to_string(parse_problem("forward_train:f32:nc:4x3:strides=6x1:eps=0")) ==
          "forward_train:f32:nc:4x3:eps=0:strides=6x1");
}

TEST_CASE("a problem string fills the description") {
    const Problem problem = parse_problem("backward_train:f32:nhwc:8x7x6x16:relu:strides=1344x192x32x1:offset=8:eps=0.5");
    const nf_description &d = problem.description;
    CHECK(d.struct_size == sizeof d);
    CHECK(d.op == NF_BACKWARD_TRAIN);
    CHECK(d.epilogue == NF_EPILOGUE_RELU);
    CHECK(d.axis == 3);
    CHECK(d.eps == 0.5);
    CHECK(d.momentum == 0.9);
    CHECK(problem.offset_bytes == 8);
    CHECK(problem.layout == "nhwc");
    for (const nf_layout *layout : {&d.x, &d.dy, &d.dx}) {
        CHECK(layout->rank == 4);
        CHECK(layout->extents[3] == 16);
        CHECK(layout->strides[0] == 1344);
    }
    CHECK(d.y.rank == 0);
    CHECK(parse_problem("forward_train:f32:nwc:1x2x3:strides=12x6x1").description.y.strides[1] == 6);
}

TEST_CASE("a description gets a named layout where one has its axis") {
    nf_description d = parse_problem("forward_train:f32:any:2x3x4x5:axis=-1").description;
    CHECK(to_string(d) == "forward_train:f32:nhwc:2x3x4x5");
    d.axis = 2;
    CHECK(to_string(d) == "forward_train:f32:any:2x3x4x5:axis=2");
}

TEST_CASE("errors name the column and the choices") {
    struct Row {
        const char *text;
        size_t column;
        const char *says;
    };
    const Row row = GENERATE(
        Row{"", 1, "expected one of: forward_train"}, Row{"forward_trian:f32:nc:1x2", 1, "unknown op \"forward_trian\""},
        Row{"stats:f32:nc:1x2", 1, "not supported yet; supported: forward_train"},
        Row{"forward_train", 14, "the string ends"},
        Row{"forward_train:f8:nc:1x2", 15, "unknown data type \"f8\", expected one of: f32, f64, f16, bf16"},
        Row{"forward_train:f32:nc:1x2:stats=f32", 32, "stats is \"f32\", expected f64"},
        Row{"forward_train:i8:nc:1x2", 15, "unknown data type \"i8\""},
        Row{"forward_train:f32:nhw:1x2x3", 19, "expected one of: nc, ncw"},
        Row{"forward_train:f32:nchw:1x2x3", 24, "has 3 extents, layout nchw has 4"},
        Row{"forward_train:f32:nc:1x-2", 24, "extent \"-2\""}, Row{"forward_train:f32:nc:1x", 24, "extent \"\""},
        Row{"forward_train:f32:nc:99999999999999999999x1", 22, "extent"},
        Row{"forward_train:f32:any:1x1x1x1x1x1x1x1x1:axis=0", 39, "more than 8 axes"},
        Row{"forward_train:f32:any:1x2", 19, "needs the channel axis"},
        Row{"forward_train:f32:any:1x2:axis=2", 32, "from -2 to 1"},
        Row{"forward_train:f32:nc:1x2:axis=1", 31, "already says"},
        Row{"forward_train:f32:nc:1x2:gelu", 26, "unknown epilogue \"gelu\", expected one of: none, relu"},
        Row{"forward_train:f32:nc:1x2:add_relu", 26, "not supported yet"},
        Row{"forward_train:f32:nc:1x2:relu:grad=wna", 31, "\"grad\" is not supported yet; supported: axis, eps"},
        Row{"forward_train:f32:nc:1x2:relu:inplace", 31, "\"inplace\" is not supported yet"},
        Row{"forward_train:f32:nc:1x2:colour=red", 26,
            "unknown key \"colour\", expected one of: axis, eps, offset, stats, strides"},
        Row{"forward_train:f32:nc:1x2:none:eps", 31, "needs a value"},
        Row{"forward_train:f32:nc:1x2:eps=1:eps=1", 32, "given twice"},
        Row{"forward_train:f32:nc:1x2:eps=-1", 30, "not negative"}, Row{"forward_train:f32:nc:1x2:eps=nan", 30, "finite"},
        Row{"forward_train:f32:nc:1x2:eps=inf", 30, "finite"}, Row{"forward_train:f32:nc:1x2:offset=-4", 33, "from 0"},
        Row{"forward_train:f32:nc:1x2:strides=2", 34, "1 strides for 2 axes"},
        Row{"forward_train:f32:nc:1x2:strides=2x0", 36, "stride \"0\""});
    INFO(row.text);
    try {
        parse_problem(row.text);
        FAIL("accepted");
    } catch (const ProblemError &error) {
        CHECK(error.column == row.column);
        CHECK_THAT(error.what(), Catch::Contains(row.says));
    }
}

namespace {

struct TemporaryFile {
    explicit TemporaryFile(const std::string &content) { std::ofstream(path) << content; }
    ~TemporaryFile() { std::remove(path.c_str()); }
    std::string path = std::filesystem::temp_directory_path() / ("normforge_problem_test_" + std::to_string(getpid()));
};

} // namespace

TEST_CASE("a shape file gives problems, counts, comments and line numbers") {
    const TemporaryFile file("# ResNet\n\nforward_train:f32:nc:4x3 *12 # head \n  backward_train:f32:nc:2x1\r\n");
    const std::vector<ShapeLine> lines = read_shape_file(file.path);
    REQUIRE(lines.size() == 2);
    CHECK(to_string(lines[0].problem) == "forward_train:f32:nc:4x3");
    CHECK(lines[0].count == 12);
    CHECK(lines[0].comment == "head");
    CHECK(lines[0].line == 3);
    CHECK(to_string(lines[1].problem) == "backward_train:f32:nc:2x1");
    CHECK(lines[1].count == 1);
    CHECK(lines[1].line == 4);
}

TEST_CASE("errors in a shape file name file, line and column") {
    const auto [content, place] = GENERATE(table<std::string, std::string>({
        {"forward_train:f32:nc:4x3\n  forward_train:f33:nc:4x3\n", ":2:17: "},
        {"forward_train:f32:nc:4x3 12\n", ":1:26: "},
        {"forward_train:f32:nc:4x3 *0\n", ":1:26: "},
        {"forward_train:f32:nc:4x3 *2 x\n", ":1:26: "},
    }));
    const TemporaryFile file(content);
    CHECK_THROWS_WITH(read_shape_file(file.path), Catch::StartsWith(file.path + place));
    CHECK_THROWS_WITH(read_shape_file("/nonexistent/shapes"), "/nonexistent/shapes: cannot be read");
}
