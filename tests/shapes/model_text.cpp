// SPDX-License-Identifier: MIT
// Models from text, see model_text.h.
#include "tests/shapes/model_text.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <onnx/defs/parser.h>
#include <sstream>
#include <unistd.h>

namespace normforge::shapes::testing {

std::vector<std::string> lines_of_file(const std::string &path, const InputShapes &inputs, const Wanted &wanted) {
    std::istringstream text(to_text(shape_lines(read_model(path, inputs), wanted)));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line.substr(0, line.find(" #")));
    return lines;
}

std::vector<std::string> lines_of(const std::string &nodes, int opset, const InputShapes &inputs, const Wanted &wanted) {
    return lines_of_model(
        "<ir_version: 8, opset_import: [\"other\" : 1, \"\" : " + std::to_string(opset) +
            "]> g (float[N,8,6,4] x, float[N,8,6,4] z, float[8,8,3,3] w, float[8] s, float[8] b, float[8] m, "
            "float[8] v) => (float[N,8,6,4] o) {" +
            nodes + "}",
        inputs, wanted);
}

std::vector<std::string> lines_of_model(const std::string &text, const InputShapes &inputs, const Wanted &wanted) {
    onnx::ModelProto model;
    const auto status = onnx::OnnxParser::Parse(model, text.c_str());
    INFO(text << "\n" << status.ErrorMessage());
    REQUIRE(status.IsOK());
    struct File {
        std::string path = std::filesystem::temp_directory_path() / ("normforge_shapes_test_" + std::to_string(getpid()));
        ~File() { std::filesystem::remove(path); }
    } const file;
    std::ofstream(file.path, std::ios::binary) << model.SerializeAsString();
    return lines_of_file(file.path, inputs, wanted);
}

} // namespace normforge::shapes::testing
