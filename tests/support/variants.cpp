// SPDX-License-Identifier: MIT
// See variants.h.
#include "tests/support/variants.h"

#include "tests/support/number.h"

#include <algorithm>

#include "tests/support/canonical.h"
#include <cstdio>
#include <stdexcept>

namespace normforge::testing {

std::vector<ShapeLine> shape_list(const std::string &name) {
    return read_shape_file(NF_SHAPE_DIRECTORY + name);
}

std::vector<Variant> registered_variants() {
    std::vector<Variant> variants;
    for (size_t i = 0; i < nf_variant_count(); ++i) {
        nf_variant variant{};
        variant.struct_size = sizeof variant;
        if (nf_variant_at(i, &variant) != NF_SUCCESS) throw std::runtime_error(nf_last_error());
        variants.push_back({variant.name, variant.set, parse_symbol(variant.name), variant.usable != 0});
    }
    return variants;
}

bool fits(const VariantName &variant, const Problem &problem) {
    if (is_empty(problem)) return false;
    const nf_description &d = problem.description;
    const ProblemTensors tensors = problem_tensors(d);
    const bool wide = variant.tag.find("stats64") != std::string::npos;
    return variant.op == d.op && variant.dtype == d.x.dtype && wide == (d.statistics == NF_STATISTICS_F64) &&
           variant.epilogue == d.epilogue && variant.form == tensors.form &&
           (variant.store != NF_STORE_STREAM || whole_lines(tensors));
}

Problem with_type(Problem problem, nf_dtype dtype) {
    nf_description &d = problem.description;
    for (nf_layout *layout : {&d.x, &d.y, &d.dy, &d.dx}) layout->dtype = dtype;
    // One element, and of the per-channel arrays too, which are f32 at least.
    if (problem.offset_bytes) problem.offset_bytes = std::max(precision_of(dtype).bytes, 4);
    return problem;
}

std::vector<ShapeLine> typed_shapes(const std::string &shape_list_name) {
    std::vector<ShapeLine> typed;
    for (const nf_dtype dtype : kDtypes) {
        for (ShapeLine line : shape_list(shape_list_name)) {
            line.problem = with_type(line.problem, dtype);
            typed.push_back(line);
        }
    }
    return typed;
}

std::vector<VariantShapes> variants_with_shapes(const std::string &shape_list_name) {
    const std::vector<ShapeLine> lines = shape_list(shape_list_name);
    std::vector<VariantShapes> result;
    for (const Variant &variant : registered_variants()) {
        if (!variant.usable) {
            std::printf("skipped %s: this CPU lacks %s\n", variant.name.c_str(), variant.parts.target.c_str());
            continue;
        }
        VariantShapes entry{variant, {}};
        for (const ShapeLine &line : lines) {
            const Problem problem = with_type(line.problem, variant.parts.dtype);
            if (fits(variant.parts, problem)) entry.problems.push_back(problem);
        }
        if (entry.problems.empty()) throw std::runtime_error("no line of " + shape_list_name + " fits " + variant.name);
        result.push_back(std::move(entry));
    }
    return result;
}

} // namespace normforge::testing
