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
    const std::string text = GENERATE(
        as<std::string>(), //
        "forward_train:f32:nchw:32x64x112x112:relu", "backward_frozen:f32:nhwc:8x7x7x2048",
        "forward_inference:f32:nc:5x3:eps=0:offset=4", "backward_train:f32:ncdhw:1x2x3x4x5",
        "backward_train:f32:any:4x3x5:relu:axis=-1:eps=0.001:offset=60:strides=30x5x1", "forward_train:f32:any:0:axis=0",
        "forward_train:f32:any:1x2x3x4x5x6x7x8:axis=7", "forward_train:bf16:nc:4x3:add_relu:inplace:stats=f64:var=unbiased",
        "stats:f64:nchw:2x3x4x5", "merge:f16:nc:9x3:eps=0:k=5:var=unbiased", "apply:f32:nc:4x3:add_gelu_tanh:inplace",
        "backward_reduce:f32:nc:4x3:add_silu", "backward_merge:f32:nc:4x3:grad=wan:k=2",
        "backward_apply:f32:nc:4x3:hard_swish:grad=aww", "backward_residual:f32:nc:4x3:add_relu6:grad=wwwa",
        "backward_train:f32:nc:4x3:add:grad=nwan", "forward_train:f32:nc:4x3:leaky_relu:slope=0.25",
        "forward_train:f32:nc:4x3:add_leaky_relu:slope=0", "forward_train:f32:nc:4x3:param=bf16:stats=f16",
        "forward_train:f32:ncw:4x3x2:strides=-6x2x1", "stats:f32:ncw:4x3x2:strides=6x-2x-1");
    CHECK(to_string(parse_problem(text)) == text);
}

TEST_CASE("defaults and the order of keys are normalised") {
    CHECK(to_string(parse_problem("forward_train:f32:nc:4x3:none:eps=1e-5:offset=0")) == "forward_train:f32:nc:4x3");
    CHECK(to_string(parse_problem("forward_train:f32:nc:4x3:strides=3x1")) == "forward_train:f32:nc:4x3");
    CHECK(to_string(parse_problem("forward_train:f32:nchw:4x0x4x4:strides=16x16x4x1")) == "forward_train:f32:nchw:4x0x4x4");
    CHECK(to_string(parse_problem("forward_train:f32:nc:4x3:strides=6x1:eps=0")) ==
          "forward_train:f32:nc:4x3:eps=0:strides=6x1");
    CHECK(to_string(parse_problem("backward_train:f32:nc:4x3:add:grad=www")) == "backward_train:f32:nc:4x3:add");
    CHECK(to_string(parse_problem("backward_train:f32:nc:4x3:add:grad=nwww")) == "backward_train:f32:nc:4x3:add:grad=nww");
    CHECK(to_string(parse_problem("merge:f32:nc:4x3:none:k=1")) == "merge:f32:nc:4x3");
    CHECK(to_string(parse_problem("apply:f32:nc:4x3:relu:inplace:eps=1e-5")) == "apply:f32:nc:4x3:relu:inplace");
}

TEST_CASE("what an op has no use for is not written") {
    nf_description d = parse_problem("stats:f32:nc:4x3").description;
    d.epilogue = NF_EPILOGUE_RELU;
    d.slope = 2;
    d.parts = 7;
    d.dx_gradient = NF_GRADIENT_ADD;
    d.running_variance = NF_VARIANCE_UNBIASED;
    CHECK(to_string(d) == "stats:f32:nc:4x3");
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
    for (const nf_layout *layout : {&d.x, &d.y, &d.residual, &d.dy, &d.dx, &d.dresidual}) {
        CHECK(layout->rank == 4);
        CHECK(layout->extents[3] == 16);
        CHECK(layout->strides[0] == 1344);
    }
    CHECK(parse_problem("forward_train:f32:nwc:1x2x3").description.y.rank == 0);
    CHECK(parse_problem("stats:f32:nwc:1x2x3:strides=12x-6x1").description.x.strides[1] == -6);
    CHECK(parse_problem("forward_train:f32:nc:4x3:inplace").in_place);
    CHECK(parse_problem("forward_train:f32:nc:4x3:leaky_relu:slope=0.5").description.slope == 0.5);
    CHECK(parse_problem("forward_train:f32:nc:4x3:param=f16").description.parameters == NF_CHANNEL_F16);
    CHECK(parse_problem("forward_train:f32:nc:4x3:stats=f64").description.statistics == NF_CHANNEL_F64);
    CHECK(parse_problem("merge:f32:nc:4x3:k=3:var=unbiased").description.parts == 3);
    CHECK(parse_problem("merge:f32:nc:4x3:k=3:var=unbiased").description.running_variance == NF_VARIANCE_UNBIASED);
}

TEST_CASE("the letters of grad are dx, dgamma, dbeta and, with a residual, dresidual") {
    const nf_description d = parse_problem("backward_train:f32:nc:4x3:add:grad=nawa").description;
    CHECK(d.dx_gradient == NF_GRADIENT_NULL);
    CHECK(d.dgamma_gradient == NF_GRADIENT_ADD);
    CHECK(d.dbeta_gradient == NF_GRADIENT_WRITE);
    CHECK(d.dresidual_gradient == NF_GRADIENT_ADD);
    CHECK(parse_problem("backward_train:f32:nc:4x3:add:grad=naw").description.dresidual_gradient == NF_GRADIENT_WRITE);
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
        Row{"forward_train", 14, "the string ends"},
        Row{"forward_train:f8:nc:1x2", 15, "unknown data type \"f8\", expected one of: f32, f64, f16, bf16"},
        Row{"forward_train:f32:nc:1x2:stats=f8", 32, "stats is \"f8\", expected one of: f32, f64, f16, bf16"},
        Row{"forward_train:f32:nc:1x2:param=default", 32, "param is \"default\", expected one of: f32"},
        Row{"stats:f32:nc:1x2:relu", 18, "stats has no epilogue"},
        Row{"forward_train:i8:nc:1x2", 15, "unknown data type \"i8\""},
        Row{"forward_train:f32:nhw:1x2x3", 19, "expected one of: nc, ncw"},
        Row{"forward_train:f32:nchw:1x2x3", 24, "has 3 extents, layout nchw has 4"},
        Row{"forward_train:f32:nc:1x-2", 24, "extent \"-2\""}, Row{"forward_train:f32:nc:1x", 24, "extent \"\""},
        Row{"forward_train:f32:nc:99999999999999999999x1", 22, "extent"},
        Row{"forward_train:f32:any:1x1x1x1x1x1x1x1x1:axis=0", 39, "more than 8 axes"},
        Row{"forward_train:f32:any:1x2", 19, "needs the channel axis"},
        Row{"forward_train:f32:any:1x2:axis=2", 32, "from -2 to 1"},
        Row{"forward_train:f32:nc:1x2:axis=1", 31, "already says"},
        Row{"forward_train:f32:nc:1x2:selu", 26, "unknown epilogue \"selu\", expected one of: none, relu"},
        Row{"forward_train:f32:nc:1x2:add_selu", 26, "unknown epilogue \"add_selu\""},
        Row{"forward_train:f32:nc:1x2:relu:grad=wna", 31, "key grad is of no use to forward_train with epilogue relu"},
        Row{"backward_train:f32:nc:1x2:relu:grad=wn", 37, "a letter each for dx, dgamma and dbeta"},
        Row{"backward_train:f32:nc:1x2:relu:grad=wnww", 37, "a letter each for dx, dgamma and dbeta"},
        Row{"backward_train:f32:nc:1x2:add:grad=wnwww", 36, "and for dresidual"},
        Row{"backward_train:f32:nc:1x2:relu:grad=wxa", 38, "grad letter \"x\", expected w (write), a (add) or n"},
        Row{"stats:f32:nc:1x2:inplace", 18, "key inplace is of no use to stats"},
        Row{"forward_train:f32:nc:1x2:relu:inplace=1", 31, "key inplace has no value"},
        Row{"forward_train:f32:nc:1x2:k=2", 26, "key k is of no use"},
        Row{"merge:f32:nc:1x2:k=0", 20, "k \"0\", expected a whole number from 1"},
        Row{"merge:f32:nc:1x2:strides=2x1", 18, "key strides is of no use"},
        Row{"forward_train:f32:nc:1x2:relu:slope=1", 31, "key slope is of no use"},
        Row{"forward_train:f32:nc:1x2:leaky_relu:slope=-1", 43, "slope \"-1\", expected a finite number"},
        Row{"forward_train:f32:nc:1x2:var=biased", 30, "var is \"biased\", expected unbiased"},
        Row{"forward_inference:f32:nc:1x2:var=unbiased", 30, "key var is of no use"},
        Row{"forward_train:f32:nc:1x2:colour=red", 26,
            "unknown key \"colour\", expected one of: axis, device, eps, grad, inplace, k, offset, param, slope, stats, "
            "strides, "
            "var"},
        Row{"forward_train:f32:nc:1x2:eps", 26, "needs a value"},
        Row{"forward_train:f32:nc:1x2:none:eps", 31, "needs a value"},
        Row{"forward_train:f32:nc:1x2:eps=1:eps=1", 32, "given twice"},
        Row{"forward_train:f32:nc:1x2:eps=-1", 30, "not negative"}, Row{"forward_train:f32:nc:1x2:eps=nan", 30, "finite"},
        Row{"forward_train:f32:nc:1x2:eps=inf", 30, "finite"}, Row{"forward_train:f32:nc:1x2:offset=-4", 33, "from 0"},
        Row{"forward_train:f32:nc:1x2:strides=2", 34, "1 strides for 2 axes"},
        Row{"forward_train:f32:nc:1x2:strides=2x0", 34, "a stride of 0"},
        Row{"forward_train:f32:nc:1x2:device=gpu", 33, "expected one of: cpu, cuda, opencl"},
        Row{"forward_train:f32:nc:1x2:strides=2x-", 36, "stride \"-\""});
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

TEST_CASE("braces in a shape file stand for all their combinations, in order") {
    const TemporaryFile file("{forward_train,backward_train}:{f32,bf16}:nc:{32,1}x8{,:relu} *3 # both\n"
                             "forward_train:f32:n{c:4x3,chw:{2,3{0,1}}x1x1x1}\n");
    const std::vector<ShapeLine> lines = read_shape_file(file.path);
    REQUIRE(lines.size() == 20);
    const std::vector<std::string> expected = {
        "forward_train:f32:nc:32x8",       "forward_train:f32:nc:32x8:relu",   "forward_train:f32:nc:1x8",
        "forward_train:f32:nc:1x8:relu",   "forward_train:bf16:nc:32x8",       "forward_train:bf16:nc:32x8:relu",
        "forward_train:bf16:nc:1x8",       "forward_train:bf16:nc:1x8:relu",   "backward_train:f32:nc:32x8",
        "backward_train:f32:nc:32x8:relu", "backward_train:f32:nc:1x8",        "backward_train:f32:nc:1x8:relu",
        "backward_train:bf16:nc:32x8",     "backward_train:bf16:nc:32x8:relu", "backward_train:bf16:nc:1x8",
        "backward_train:bf16:nc:1x8:relu", "forward_train:f32:nc:4x3",         "forward_train:f32:nchw:2x1x1x1",
        "forward_train:f32:nchw:30x1x1x1", "forward_train:f32:nchw:31x1x1x1"};
    for (size_t i = 0; i < lines.size(); i++) {
        CHECK(to_string(lines[i].problem) == expected[i]);
        CHECK(lines[i].count == (i < 16 ? 3 : 1));
        CHECK(lines[i].line == (i < 16 ? 1 : 2));
    }
    CHECK(lines[15].comment == "both");
}

TEST_CASE("errors in a shape file name file, line and column") {
    const auto [content, place] = GENERATE(table<std::string, std::string>({
        {"forward_train:f32:nc:4x3\n  forward_train:f33:nc:4x3\n", ":2:17: "},
        {"forward_train:f32:nc:4x3 12\n", ":1:26: "},
        {"forward_train:f32:nc:4x3 *0\n", ":1:26: "},
        {"forward_train:f32:nc:4x3 *1000000001\n", ":1:26: "},
        {"forward_train:f32:nc:4x3 *2 x\n", ":1:26: "},
        {"forward_train:f32:nc:{4,0x3\n", ":1:22: got \"{\""},
        {" forward_train:f32:nc:4x3}\n", ":1:26: got \"}\""},
        {" forward_train:{f32,f33}:nc:4x3\n", ":1:21: "},
        {"forward_train:f32:nc{,:4x}\n", ":1:27: "},
        {"forward_train:f32:nc:{{{0,1},{0,1}}}x{1,2,3}x\n", ":1:46: "},
    }));
    const TemporaryFile file(content);
    CHECK_THROWS_WITH(read_shape_file(file.path), Catch::StartsWith(file.path + place));
    CHECK_THROWS_WITH(read_shape_file("/nonexistent/shapes"), "/nonexistent/shapes: cannot be read");
}
