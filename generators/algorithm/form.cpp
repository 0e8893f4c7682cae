// SPDX-License-Identifier: MIT
// Index lists and extents of the three forms.
#include "generators/algorithm/form.h"

#include <sstream>

namespace normforge {

using namespace Halide;

const std::map<std::string, Form> &form_names() {
    static const std::map<std::string, Form> names = {
        {"inner", Form::Inner}, {"small_planes", Form::SmallPlanes}, {"last", Form::Last}};
    return names;
}

int tensor_dimensions(Form form) {
    return form == Form::Last ? 2 : 3;
}

int channel_dimensions(Form form) {
    return form == Form::SmallPlanes ? 2 : 1;
}

std::optional<FixedShape> fixed_shape(const std::string &text) {
    if (text.empty()) return std::nullopt;
    FixedShape shape{};
    char first = 0, second = 0;
    std::istringstream words(text);
    words >> shape.n >> first >> shape.c >> second >> shape.s;
    const bool read = words && words.peek() == std::istringstream::traits_type::eof() && first == 'x' && second == 'x';
    _halide_user_assert(read && shape.n > 0 && shape.c > 0 && shape.s > 0)
        << "shape is '" << text << "', expected three extents like 32x64x3136";
    return shape;
}

std::vector<Expr> fixed_extents(Form form, const std::optional<FixedShape> &shape) {
    if (!shape) return std::vector<Expr>(tensor_dimensions(form));
    switch (form) {
    case Form::Inner: return {shape->s, shape->c, shape->n};
    case Form::SmallPlanes: return {Expr(), Expr(), shape->n};
    case Form::Last: return {shape->c, shape->n};
    }
    return {};
}

Canonical::Canonical(Form layout_form, const ImageParam &x, const Expr &plane_argument, const Arithmetic &arithmetic)
    : type(arithmetic), stored(x.type()), form(layout_form) {
    contiguous = x.dim(0).extent();
    switch (form) {
    case Form::Inner:
        tensor = {s, c, n};
        channel = {c};
        plane = contiguous;
        images = x.dim(2).extent();
        count = cast<double>(plane) * cast<double>(images);
        all_channels = x.dim(1).extent();
        break;
    case Form::SmallPlanes:
        tensor = {j, g, n};
        channel = {b, g};
        plane = plane_argument;
        images = x.dim(2).extent();
        count = cast<double>(plane) * cast<double>(images);
        run = contiguous;
        channels_of_group = run / plane;
        all_channels = channels_of_group;
        break;
    case Form::Last:
        tensor = {c, row};
        channel = {c};
        rows = x.dim(1).extent();
        count = cast<double>(rows);
        all_channels = contiguous;
        channel_in_range = min(likely(c), contiguous - 1);
        break;
    }
}

} // namespace normforge
