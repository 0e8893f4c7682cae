// SPDX-License-Identifier: MIT
// Models for tests: written in ONNX's own text form, and what `normforge shapes` makes of them.
#pragma once

#include "tools/normforge/shapes/shape_text.h"

#include <string>
#include <vector>

namespace normforge::shapes::testing {

/// The lines for a model file, without their comments.
std::vector<std::string> lines_of_file(const std::string &path, const InputShapes &inputs = {}, const Wanted &wanted = {});

/// The lines for nodes in ONNX's text form. They find the inputs x and z of Nx8x6x4, w of 8x8x3x3, and s, b, m and v, a
/// BatchNormalization's parameters, and make the output o.
std::vector<std::string> lines_of(const std::string &nodes, int opset = 17, const InputShapes &inputs = {{2}, {}},
                                  const Wanted &wanted = {});

/// The same for a whole model in text form.
std::vector<std::string> lines_of_model(const std::string &text, const InputShapes &inputs = {}, const Wanted &wanted = {});

} // namespace normforge::shapes::testing
