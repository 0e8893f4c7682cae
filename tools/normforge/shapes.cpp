// SPDX-License-Identifier: MIT
// `normforge shapes`: the batch normalisations of an ONNX model as a shape file.
#include "tools/normforge/shapes/shape_text.h"

#include "runtime/names.h"
#include "tools/normforge/common/choices.h"
#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/verbs.h"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

namespace normforge {

namespace {

struct ShapesOptions {
    std::string model, out, dtype, layout = "nchw";
    std::vector<std::string> inputs, ops;
    int64_t batch = 0; ///< 0: as the model says
    JsonOption json;
};

/// "data=1x3x224x224". Names may hold any character, so the last "=" counts.
std::pair<std::string, std::vector<int64_t>> parse_input(const std::string &text) {
    const size_t equals = text.rfind('=');
    std::vector<int64_t> extents;
    for (size_t at = equals == std::string::npos ? text.size() + 1 : equals + 1; at <= text.size();) {
        const size_t end = std::min(text.find('x', at), text.size());
        int64_t extent = 0;
        const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, extent);
        if (error != std::errc() || stop != text.data() + end || extent < 1) {
            extents.clear();
            break;
        }
        extents.push_back(extent);
        at = end + 1;
    }
    if (extents.empty() || equals == 0)
        throw std::runtime_error(fmt::format("--input: got '{}', expected NAME=AxBxC with whole numbers from 1 on, e.g. "
                                             "input=1x3x224x224",
                                             text));
    return {text.substr(0, equals), extents};
}

template <class Enum>
Enum parse_name(const char *option, const std::string &name) {
    if (const auto known = from_name<Enum>(name)) return *known;
    throw std::runtime_error(fmt::format("{}: got '{}', expected one of: {}", option, name, choices_of<Enum>()));
}

/// Where it came from, for people.
std::string heading(const ShapesOptions &options, const shapes::Model &model) {
    return fmt::format("# The batch normalisations of {} (ONNX, opset {}): {} nodes. Written by normforge shapes.\n",
                       options.model, model.opset, model.normalisations.size());
}

nlohmann::json document(const ShapesOptions &options, const shapes::Model &model,
                        const std::vector<shapes::ShapeText> &lines) {
    nlohmann::json problems = nlohmann::json::array();
    for (const auto &line : lines)
        problems.push_back({{"problem", line.problem}, {"count", line.nodes.size()}, {"nodes", line.nodes}});
    return {{"model", options.model},
            {"opset", model.opset},
            {"normalisations", model.normalisations.size()},
            {"problems", problems}};
}

void run_shapes(const ShapesOptions &options) {
    shapes::InputShapes inputs;
    if (options.batch) inputs.batch = options.batch;
    for (const auto &text : options.inputs) inputs.named.push_back(parse_input(text));
    shapes::Wanted wanted;
    for (const auto &name : options.ops) wanted.ops.push_back(parse_name<nf_op>("--op", name));
    if (!options.dtype.empty()) wanted.dtype = parse_name<nf_dtype>("--dtype", options.dtype);
    wanted.channels_last = options.layout == "nhwc";

    const shapes::Model model = shapes::read_model(options.model, inputs);
    const auto lines = shapes::shape_lines(model, wanted);
    options.json.write(document(options, model, lines));
    const std::string text = heading(options, model) + shapes::to_text(lines);
    if (!options.out.empty()) return write_whole_file(options.out, text);
    if (options.json.wants_text()) write_standard_output(text);
}

} // namespace

void add_shapes(CLI::App &app) {
    auto options = std::make_shared<ShapesOptions>();
    CLI::App *verb = app.add_subcommand("shapes", "Write the batch normalisations of an ONNX model as a shape file");
    verb->add_option("MODEL", options->model, "ONNX model; its weights are not needed")
        ->required()
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->add_option("--batch", options->batch, "Dimension 0 of every input, instead of what the model says")
        ->type_name("N")
        ->check(CLI::Range(int64_t{1}, int64_t{INT32_MAX}));
    verb->add_option("--input", options->inputs, "Shape of one input; may be repeated")
        ->type_name("NAME=AxBxC")
        ->allow_extra_args(false);
    verb->add_option("--op", options->ops,
                     "Ops to write for each, e.g. forward_inference,backward_frozen; default: forward_train and\n"
                     "backward_train for a node in training mode, forward_inference for another")
        ->type_name("OP,...")
        ->check(described_choices(choices_of<nf_op>()))
        ->delimiter(',');
    verb->add_option("--dtype", options->dtype, "Element type instead of the model's")
        ->type_name("TYPE")
        ->check(described_choices(choices_of<nf_dtype>()))
        ->check(kNotEmpty);
    verb->add_option("--layout", options->layout,
                     "Order of dimensions: nchw, channels first, as in ONNX, or nhwc, channels last; for any rank")
        ->type_name("LAYOUT")
        ->check(CLI::IsMember({"nchw", "nhwc"}))
        ->capture_default_str();
    verb->add_option("--out", options->out, "Write to this file, as a whole or not at all; default: standard output")
        ->type_name("FILE")
        ->check(kNotEmpty);
    options->json.add_to(*verb, "Write the problems, how often the model has each, and for which nodes");
    verb->footer("Example:\n"
                 "  normforge shapes resnet50.onnx --batch 32 > resnet50.txt\n"
                 "  normforge bench --shapes resnet50.txt");
    verb->callback([options] { run_shapes(*options); });
}

} // namespace normforge
