// SPDX-License-Identifier: MIT
// Models as PyTorch exports them, weights taken out: models/make_models.py made them.
#include "tests/shapes/model_text.h"

#include "runtime/problem.h"

#include <catch2/catch.hpp>
#include <map>

using namespace normforge;
using namespace normforge::shapes;
using namespace normforge::shapes::testing;

namespace {

std::string model_file(const std::string &name) {
    return std::string(NF_SHAPES_MODELS) + "/" + name;
}

/// Nodes by the word of their epilogue.
std::map<std::string, int> count_epilogues(const std::vector<std::string> &lines) {
    std::map<std::string, int> counts;
    for (const auto &line : lines) {
        const size_t star = line.find(" *"), colon = line.rfind(':', star);
        const std::string last = line.substr(colon + 1, star - colon - 1);
        counts[last.find_first_of("0123456789") == 0 ? "none" : last] += std::stoi(line.substr(star + 2));
    }
    return counts;
}

using Lines = std::vector<std::string>;
using Counts = std::map<std::string, int>;

} // namespace

TEST_CASE("ResNet-50 has 53, with ReLU, and at the end of each block an addition and ReLU") {
    // The stride is in the 3x3 convolution (torchvision), not in the first 1x1 one as in benchmarks/shapes/resnet50.txt. Of
    // the four blocks with a downsampling branch, one of the two normalisations that are added fuses the addition.
    const Lines lines = lines_of_file(model_file("resnet50.onnx"), {32, {}}, {{NF_FORWARD_TRAIN}, {}, false});
    CHECK(lines == Lines{"forward_train:f32:nchw:32x64x112x112:relu *1", "forward_train:f32:nchw:32x64x56x56:relu *6",
                         "forward_train:f32:nchw:32x256x56x56 *1", "forward_train:f32:nchw:32x256x56x56:add_relu *3",
                         "forward_train:f32:nchw:32x128x56x56:relu *1", "forward_train:f32:nchw:32x128x28x28:relu *7",
                         "forward_train:f32:nchw:32x512x28x28 *1", "forward_train:f32:nchw:32x512x28x28:add_relu *4",
                         "forward_train:f32:nchw:32x256x28x28:relu *1", "forward_train:f32:nchw:32x256x14x14:relu *11",
                         "forward_train:f32:nchw:32x1024x14x14 *1", "forward_train:f32:nchw:32x1024x14x14:add_relu *6",
                         "forward_train:f32:nchw:32x512x14x14:relu *1", "forward_train:f32:nchw:32x512x7x7:relu *5",
                         "forward_train:f32:nchw:32x2048x7x7 *1", "forward_train:f32:nchw:32x2048x7x7:add_relu *3"});
    CHECK(count_epilogues(lines) == Counts{{"relu", 33}, {"none", 4}, {"add_relu", 16}});
}

TEST_CASE("a model in training mode gives forward and backward, of the batch it was exported with") {
    const Lines lines = lines_of_file(model_file("resnet50.onnx"));
    CHECK(lines.size() == 32);
    CHECK(lines[0] == "forward_train:f32:nchw:1x64x112x112:relu *1");
    CHECK(lines[1] == "backward_train:f32:nchw:1x64x112x112:relu *1");
}

TEST_CASE("MobileNetV2 has 52, with ReLU6, and a linear bottleneck that ends 10 of 17 blocks with an addition") {
    const Lines lines = lines_of_file(model_file("mobilenet_v2.onnx"), {8, {}}, {{NF_FORWARD_TRAIN}, {}, false});
    CHECK(count_epilogues(lines) == Counts{{"relu6", 35}, {"add", 10}, {"none", 7}});
    CHECK(lines.front() == "forward_train:f32:nchw:8x32x112x112:relu6 *2");
    CHECK(lines.back() == "forward_train:f32:nchw:8x1280x7x7:relu6 *1");
}

TEST_CASE("MobileNetV3 from PyTorch's newer exporter, of an opset that libonnx 1.12 does not know") {
    // Its averages, whose gates every later shape depends on, have their axes as operands.
    const Lines lines = lines_of_file(model_file("mobilenet_v3_small.onnx"), {8, {}});
    CHECK(lines.front() == "forward_inference:f32:nchw:8x16x112x112:hard_swish:eps=0.001 *1");
    CHECK(lines.back() == "forward_inference:f32:nchw:8x96x7x7:add:eps=0.001 *2");
    int nodes = 0;
    for (const auto &line : lines) nodes += std::stoi(line.substr(line.find('*') + 1));
    CHECK(nodes == 34);
}

TEST_CASE("a 3-D U-Net has volumes, each followed by ReLU") {
    const std::string path = model_file("unet3d.onnx");
    const Lines lines = lines_of_file(path, {2, {}}, {{NF_FORWARD_TRAIN}, {}, false});
    CHECK(lines == Lines{"forward_train:f32:ncdhw:2x32x64x64x64:relu *1", "forward_train:f32:ncdhw:2x64x64x64x64:relu *3",
                         "forward_train:f32:ncdhw:2x64x32x32x32:relu *1", "forward_train:f32:ncdhw:2x128x32x32x32:relu *3",
                         "forward_train:f32:ncdhw:2x128x16x16x16:relu *1", "forward_train:f32:ncdhw:2x256x16x16x16:relu *3",
                         "forward_train:f32:ncdhw:2x256x8x8x8:relu *1", "forward_train:f32:ncdhw:2x512x8x8x8:relu *1"});
    const Lines larger =
        lines_of_file(path, {{}, {{"input", {1, 1, 64, 128, 128}}}}, {{NF_FORWARD_INFERENCE}, NF_BF16, true});
    CHECK(larger.front() == "forward_inference:bf16:ndhwc:1x64x128x128x32:relu *1");
}

TEST_CASE("a model whose normalisations were folded says so") {
    CHECK_THROWS_WITH(lines_of_file(model_file("resnet50_folded.onnx")),
                      Catch::Contains("holds no BatchNormalization") && Catch::Contains("53 of them convolutions") &&
                          Catch::Contains("fold it into the convolution before it") &&
                          Catch::Contains("do_constant_folding=False"));
}

TEST_CASE("a batch that is not known is asked for") {
    CHECK_THROWS_WITH(lines_of_file(model_file("unet3d.onnx")),
                      Catch::Contains("node '/down.0/down.0.1/BatchNormalization'") &&
                          Catch::Contains("batchx32x64x64x64") && Catch::Contains("expected --batch N") &&
                          Catch::Contains("input (batchx1x64x64x64)"));
}
