// SPDX-License-Identifier: MIT
// Writes problem strings, see problem.h: the half of the grammar that nf_plan_describe() needs.
#include "runtime/canonical.h"
#include "runtime/named_layouts.h"
#include "runtime/names.h"
#include "runtime/problem.h"
#include "runtime/text.h"

namespace normforge {

std::string to_string(const Problem &problem) {
    const nf_description &d = problem.description;
    nf_description defaults;
    nf_description_init(&defaults, d.op);
    std::string text = std::string(name_of(d.op)) + ":" + name_of(d.x.dtype) + ":" + problem.layout + ":" +
                       times_text(d.x.extents, d.x.rank);
    if (d.epilogue != defaults.epilogue) text += std::string(":") + name_of(d.epilogue);
    if (problem.layout == kAnyLayout) text += ":axis=" + std::to_string(d.axis);
    if (d.eps != defaults.eps) text += ":eps=" + number_text(d.eps);
    if (problem.offset_bytes) text += ":offset=" + std::to_string(problem.offset_bytes);
    if (d.statistics == NF_STATISTICS_F64) text += ":stats=f64";
    if (!is_contiguous(d.x)) text += ":strides=" + times_text(d.x.strides, d.x.rank);
    return text;
}

std::string to_string(const nf_description &description) {
    Problem problem{description, 0, std::string(kAnyLayout)};
    const int axis = description.axis < 0 ? description.axis + description.x.rank : description.axis;
    for (const NamedLayout &named : kLayouts)
        if (named.rank == description.x.rank && named.axis == axis) problem.layout = named.name;
    return to_string(problem);
}

} // namespace normforge
