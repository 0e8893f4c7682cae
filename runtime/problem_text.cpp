// SPDX-License-Identifier: MIT
// Writes problem strings, see problem.h: the half of the grammar that nf_plan_describe() needs.
#include "runtime/canonical.h"
#include "runtime/named_layouts.h"
#include "runtime/names.h"
#include "runtime/problem.h"
#include "runtime/problem_keys.h"
#include "runtime/text.h"

namespace normforge {
namespace {

/// Of dx, dgamma, dbeta and, where there is a residual, dresidual; "" if all are written.
std::string gradients_text(const nf_description &d) {
    const nf_gradient requests[] = {d.dx_gradient, d.dgamma_gradient, d.dbeta_gradient, d.dresidual_gradient};
    std::string text;
    for (const nf_gradient request : requests) text += kGradientLetters[request];
    if (!adds_residual(d.epilogue) || d.dresidual_gradient == NF_GRADIENT_WRITE) text.pop_back();
    return text == "www" ? "" : text;
}

} // namespace

std::string to_string(const Problem &problem) {
    const nf_description &d = problem.description;
    nf_description defaults;
    nf_description_init(&defaults, d.op);
    std::string text = std::string(name_of(d.op)) + ":" + name_of(d.x.dtype) + ":" + problem.layout + ":" +
                       times_text(d.x.extents, d.x.rank);
    if (has_epilogue(d.op) && d.epilogue != defaults.epilogue) text += std::string(":") + name_of(d.epilogue);
    if (problem.layout == kAnyLayout) text += ":axis=" + std::to_string(d.axis);
    if (d.device != defaults.device) text += std::string(":device=") + name_of(d.device);
    if (d.eps != defaults.eps) text += ":eps=" + number_text(d.eps);
    if (takes_gradients(d) && !gradients_text(d).empty()) text += ":grad=" + gradients_text(d);
    if (problem.in_place) text += ":inplace";
    if (takes_parts(d) && d.parts != defaults.parts) text += ":k=" + std::to_string(d.parts);
    if (problem.offset_bytes) text += ":offset=" + std::to_string(problem.offset_bytes);
    if (d.parameters != defaults.parameters) text += std::string(":param=") + name_of(d.parameters);
    if (takes_slope(d) && d.slope != defaults.slope) text += ":slope=" + number_text(d.slope);
    if (d.statistics != defaults.statistics) text += std::string(":stats=") + name_of(d.statistics);
    if (takes_strides(d) && !is_contiguous(d.x)) text += ":strides=" + times_text(d.x.strides, d.x.rank);
    if (takes_running_variance(d) && d.running_variance != defaults.running_variance)
        text += std::string(":var=") + name_of(d.running_variance);
    return text;
}

Problem to_problem(const nf_description &description) {
    Problem problem{description, 0, false, std::string(kAnyLayout)};
    const int axis = description.axis < 0 ? description.axis + description.x.rank : description.axis;
    for (const NamedLayout &named : kLayouts)
        if (named.rank == description.x.rank && named.axis == axis) problem.layout = named.name;
    return problem;
}

std::string to_string(const nf_description &description) {
    return to_string(to_problem(description));
}

} // namespace normforge
