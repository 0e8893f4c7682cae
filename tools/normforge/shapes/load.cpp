// SPDX-License-Identifier: MIT
// Reads an ONNX file. Protobuf accepts much that is no model (an empty file, for one), so what matters is asked for here.
#include "tools/normforge/shapes/model.h"

#include "runtime/text.h"

#include <climits>
#include <filesystem>
#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>
#include <stdexcept>

namespace normforge::shapes {

namespace {

void require_opset(const onnx::ModelProto &model) {
    const int64_t opset = opset_of(model);
    const std::string expected = fmt::format("expected opset {} to {}", kOldestOpset, kNewestOpset);
    if (opset == 0) throw std::runtime_error("says no version of ONNX's operators (opset_import), " + expected);
    if (opset < kOldestOpset) {
        throw std::runtime_error(
            fmt::format("is of opset {}, {}: before, BatchNormalization was another operator; onnx.version_converter "
                        "brings a model to a later one",
                        opset, expected));
    }
    if (opset > kNewestOpset) throw std::runtime_error(fmt::format("is of opset {}, {}", opset, expected));
}

} // namespace

onnx::ModelProto load_model(const std::string &path) {
    std::error_code no_size;
    if (const auto size = std::filesystem::file_size(path, no_size); !no_size && size > INT_MAX) {
        throw std::runtime_error(fmt::format("has {} bytes, expected at most {}: protobuf holds no more, models beyond keep "
                                             "their weights in other files (external data)",
                                             size, INT_MAX));
    }
    const auto bytes = read_text(path);
    if (!bytes) throw std::runtime_error("cannot be read");
    const google::protobuf::LogSilencer silencer; // it would print its own words
    onnx::ModelProto model;
    if (!model.ParseFromString(*bytes)) {
        throw std::runtime_error(
            fmt::format("is not an ONNX model, or is truncated: its {} bytes are not a protobuf message", bytes->size()));
    }
    if (model.ir_version() == 0 || !model.has_graph()) {
        throw std::runtime_error(fmt::format("is not an ONNX model, or is truncated: its {} bytes hold no {}", bytes->size(),
                                             model.has_graph() ? "ir_version" : "graph"));
    }
    require_opset(model);
    return model;
}

int64_t opset_of(const onnx::ModelProto &model) {
    for (const auto &import : model.opset_import()) {
        if (import.domain().empty() || import.domain() == "ai.onnx") return import.version();
    }
    return 0;
}

} // namespace normforge::shapes
