// SPDX-License-Identifier: MIT
// Reads recordings, see recorded.h.
#include "tests/conformance/recorded.h"

#include "runtime/names.h"
#include "tests/support/number.h"
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace normforge::conformance {

using nlohmann::json;

namespace {

nf_dtype dtype_named(const std::string &word) {
    const auto dtype = from_name<nf_dtype>(word);
    if (!dtype) throw std::runtime_error("unknown type " + word);
    return *dtype;
}

bool is_tensor(const std::string &name) {
    return name == "x" || name == "y" || name == "dx" || name == "dy";
}

/// A decimal stands for the nearest number of its type.
Arrays read_arrays(const json &object, const Case &recorded) {
    const reference::Shape shape = recorded.shape();
    Arrays arrays;
    for (const auto &[name, value] : object.items()) {
        if (name == "shape" || name == "axis") continue;
        auto &array = arrays[name] = value.get<std::vector<double>>();
        const nf_dtype type = is_tensor(name) ? recorded.type() : recorded.parameter_type();
        for (double &number : array) number = testing::round_to(type, number);
        const int64_t wanted = is_tensor(name) ? shape.count() : shape.c;
        if (static_cast<int64_t>(array.size()) != wanted)
            throw std::runtime_error(name + " has " + std::to_string(array.size()) + " numbers, expected " +
                                     std::to_string(wanted));
    }
    return arrays;
}

Case read_case(const std::string &implementation, const json &value, const json &all_inputs) {
    const json &inputs = all_inputs.at(value.at("inputs").get<std::string>());
    Case result{};
    result.implementation = implementation;
    value.at("name").get_to(result.name);
    value.at("dtype").get_to(result.dtype);
    result.parameter_dtype = value.value("parameter_dtype", result.dtype);
    inputs.at("shape").get_to(result.extents);
    inputs.at("axis").get_to(result.axis);
    result.stored_statistics = value.at("statistics") == "stored";
    result.relu = value.at("epilogue") == "relu";
    result.affine = value.value("affine", true);
    result.fixed_gamma = value.value("fixed_gamma", false);
    result.channels_last = value.value("memory", "contiguous") == "channels_last";
    result.unbiased = value.at("running_variance_is") == "unbiased";
    value.at("eps").get_to(result.eps);
    value.at("momentum").get_to(result.momentum);
    value.at("updates").get_to(result.updates);
    result.continues = value.value("continues", "");
    if (value.contains("gradients")) value.at("gradients").get_to(result.gradients);
    for (const auto &[name, parameter] : value.at("parameters").items())
        if (parameter.is_boolean() || parameter.is_number_integer()) result.parameters[name] = parameter.get<int>();
    result.inputs = read_arrays(inputs, result);
    result.outputs = read_arrays(value.at("outputs"), result);
    return result;
}

Recording read(const std::filesystem::path &path) {
    std::ifstream file(path);
    const json content = json::parse(file);
    const json &from = content.at("provenance");
    Recording recording{
        path.stem().string(), from.at("package").get<std::string>() + " " + from.at("version").get<std::string>(), {}};
    for (const json &value : content.at("cases")) {
        try {
            recording.cases.push_back(read_case(recording.implementation, value, content.at("inputs")));
        } catch (const std::exception &error) {
            throw std::runtime_error(path.string() + ": case " + value.value("name", "?") + ": " + error.what());
        }
    }
    return recording;
}

} // namespace

nf_dtype Case::type() const {
    return dtype_named(dtype);
}

nf_dtype Case::parameter_type() const {
    return dtype_named(parameter_dtype);
}

reference::Shape Case::shape() const {
    const auto rank = static_cast<int>(extents.size());
    const int channel_axis = axis < 0 ? axis + rank : axis;
    reference::Shape shape{1, extents.at(channel_axis), 1};
    for (int i = 0; i < rank; ++i) {
        if (i < channel_axis) shape.n *= extents[i];
        if (i > channel_axis) shape.s *= extents[i];
    }
    return shape;
}

std::vector<Recording> read_recordings() {
    const char *const given = std::getenv(kDirectoryVariable);
    std::vector<std::filesystem::path> paths;
    for (const auto &entry : std::filesystem::directory_iterator(given ? given : NF_CONFORMANCE_DATA)) {
        if (entry.path().extension() == ".json") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    std::vector<Recording> recordings;
    std::transform(paths.begin(), paths.end(), std::back_inserter(recordings), read);
    return recordings;
}

} // namespace normforge::conformance
