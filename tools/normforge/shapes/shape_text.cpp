// SPDX-License-Identifier: MIT
// Counts equal problems and writes them as lines, see shape_text.h.
#include "tools/normforge/shapes/shape_text.h"

#include "runtime/problem.h"
#include "runtime/validate.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge::shapes {

namespace {

nf_description describe(const Normalisation &normalisation, nf_op op, const Wanted &wanted) {
    nf_description d;
    nf_description_init(&d, op);
    std::vector<int64_t> extents = normalisation.extents;
    if (wanted.channels_last) std::rotate(extents.begin() + 1, extents.begin() + 2, extents.end());
    d.x.dtype = wanted.dtype.value_or(normalisation.dtype);
    d.x.rank = static_cast<int32_t>(extents.size());
    std::copy(extents.begin(), extents.end(), d.x.extents);
    d.axis = wanted.channels_last ? d.x.rank - 1 : 1;
    d.eps = normalisation.eps;
    d.epilogue = normalisation.epilogue;
    d.slope = normalisation.slope;
    return d;
}

std::string problem_text(const Normalisation &normalisation, nf_op op, const Wanted &wanted) {
    const nf_description description = describe(normalisation, op, wanted);
    CheckedProblem ignored;
    const Status status = check_description(description, ignored);
    if (status.failed())
        throw std::runtime_error(fmt::format("node '{}', {}: {}", normalisation.node, to_string(description), status.text));
    return to_string(description);
}

/// On one line, whatever a name holds.
std::string comment(const ShapeText &line) {
    std::string name = line.nodes.front();
    std::replace_if(name.begin(), name.end(), [](unsigned char letter) { return letter < ' ' || letter == 0x7f; }, '?');
    return line.nodes.size() == 1 ? name : fmt::format("{} and {} more", name, line.nodes.size() - 1);
}

} // namespace

std::vector<ShapeText> shape_lines(const Model &model, const Wanted &wanted) {
    static const std::vector<nf_op> kTraining = {NF_FORWARD_TRAIN, NF_BACKWARD_TRAIN}, kInference = {NF_FORWARD_INFERENCE};
    std::vector<ShapeText> lines;
    for (const auto &normalisation : model.normalisations) {
        for (const nf_op op : !wanted.ops.empty() ? wanted.ops : normalisation.trains ? kTraining : kInference) {
            const std::string problem = problem_text(normalisation, op, wanted);
            auto line = std::find_if(lines.begin(), lines.end(), [&](const ShapeText &l) { return l.problem == problem; });
            if (line == lines.end()) line = lines.insert(line, {problem, {}});
            line->nodes.push_back(normalisation.node);
        }
    }
    return lines;
}

std::string to_text(const std::vector<ShapeText> &lines) {
    std::string text;
    for (const auto &line : lines) text += fmt::format("{} *{} # {}\n", line.problem, line.nodes.size(), comment(line));
    return text;
}

} // namespace normforge::shapes
