// SPDX-License-Identifier: MIT
// See variants.h.
#include "tests/support/variants.h"

#include "runtime/ops.h"
#include "runtime/targets.h"
#include "runtime/text.h"
#include "tests/support/number.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>

namespace normforge::testing {

std::vector<ShapeLine> shape_list(const std::string &name) {
    const char *const elsewhere = std::getenv("NORMFORGE_TEST_SHAPES"); // on another machine than this was built on
    return read_shape_file((elsewhere ? std::string(elsewhere) + "/" : NF_SHAPE_DIRECTORY) + name);
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

namespace {

/// Whether a variant is for any shape, or for the one that kernels of the step see.
bool takes_shape(const VariantName &variant, const Step &step, const Problem &problem) {
    const std::optional<Extents> wanted = specialised_for(variant);
    if (!wanted) return true;
    const nf_description &d = problem.description;
    const reference::Shape shape = canonicalise(d.x, d.x, d.axis).shape;
    const bool rows = step.form == NF_FORM_LAST;
    return *wanted == Extents{rows ? shape.n * shape.s : shape.n, shape.c, rows ? 1 : shape.s};
}

} // namespace

bool serves(const VariantName &variant, const Step &step, const Problem &problem) {
    const nf_description &d = problem.description;
    const bool wide = d.x.dtype != NF_F64 && arithmetic_type(d) == NF_F64;
    const auto streams = [&] {
        return step.output && whole_units(canonicalise(d.x, d.*step.output->layout, d.axis), step.form,
                                          precision_of(d.x.dtype).bytes, kLineBytes);
    };
    const auto one_part = [&] { // of a channel, on a GPU: see docs/gpu.md
        const reference::Shape shape = canonicalise(d.x, d.x, d.axis).shape;
        const bool rows = step.form == NF_FORM_LAST;
        return shape.n * shape.s <= (rows ? 1024 : 16384) || shape.c > (rows ? 8191 * 64 : 8191);
    };
    const auto vectors = [&] {
        const std::vector<CanonicalTensor> tensors = tensors_of(d);
        const int bytes = precision_of(d.x.dtype).bytes;
        const int64_t plane = canonicalise(d.x, d.x, d.axis).shape.s;
        if (step.form == NF_FORM_SMALL_PLANES && plane + 1 < kVectorBytes / bytes) return false;
        return std::all_of(tensors.begin(), tensors.end(), [&](const CanonicalTensor &tensor) {
            return whole_units(tensor, step.form, bytes, kVectorBytes);
        });
    };
    return variant.op == step.op && variant.dtype == d.x.dtype && (!has_form(step.op) || variant.form == step.form) &&
           variant.epilogue == (step.reads_dresidual ? NF_EPILOGUE_NONE : kernel_epilogue(step.op, d.epilogue)) &&
           has_tag(variant, "stats64") == wide && has_tag(variant, "accumulate") == step.accumulate &&
           has_tag(variant, "frozen") == step.frozen && (variant.store != NF_STORE_STREAM || streams()) &&
           (!has_tag(variant, "aligned") || vectors()) && (!has_tag(variant, "whole") || one_part()) &&
           find_target(variant.target)->device == d.device && takes_shape(variant, step, problem);
}

bool fits(const VariantName &variant, const Problem &problem) {
    const std::vector<Step> steps = steps_of(problem);
    return std::any_of(steps.begin(), steps.end(), [&](const Step &step) { return serves(variant, step, problem); });
}

Problem with_type(Problem problem, nf_dtype dtype) {
    nf_description &d = problem.description;
    for (nf_layout *layout : {&d.x, &d.y, &d.residual, &d.dy, &d.dx, &d.dresidual}) layout->dtype = dtype;
    if (problem.offset_bytes) problem.offset_bytes = precision_of(dtype).bytes;
    return problem;
}

Problem problem_for(const VariantName &variant, const Problem &shape) {
    Problem problem = with_type(shape, variant.dtype);
    nf_description &d = problem.description;
    d.op = variant.op;
    d.device = find_target(variant.target)->device;
    d.epilogue = variant.epilogue;
    if (has_tag(variant, "stats64")) d.statistics = NF_CHANNEL_F64;
    if (has_tag(variant, "accumulate"))
        (variant.op == NF_BACKWARD_RESIDUAL ? d.dresidual_gradient : d.dx_gradient) = NF_GRADIENT_ADD;
    if (has_tag(variant, "frozen")) {
        d.op = NF_BACKWARD_FROZEN;
        d.dgamma_gradient = d.dbeta_gradient = NF_GRADIENT_NULL;
    }
    if (d.op != NF_BACKWARD_RESIDUAL) d.dresidual_gradient = NF_GRADIENT_NULL; // which takes another kernel
    if (!has_form(d.op)) d.parts = 3;
    return problem;
}

namespace {

/// One problem of how many is tried: NORMFORGE_TEST_SHARE, for emulators; all of them if it is not set.
size_t test_share() {
    const char *const text = std::getenv("NORMFORGE_TEST_SHARE");
    int64_t share = 1;
    if (text && (!read_number(text, share) || share < 1))
        throw std::runtime_error(std::string("NORMFORGE_TEST_SHARE is \"") + text + "\", expected a positive whole number");
    return static_cast<size_t>(share);
}

/// One of `share` problems, and more where a variant would be left without any.
std::vector<ProblemVariants> share_of(const std::vector<ProblemVariants> &all, size_t share) {
    std::vector<ProblemVariants> kept;
    std::set<std::string> tried;
    const auto untried = [&](const Variant &variant) { return tried.count(variant.name) == 0; };
    const auto keep = [&](const ProblemVariants &entry) {
        kept.push_back(entry);
        for (const Variant &variant : entry.variants) tried.insert(variant.name);
    };
    for (size_t i = 0; i < all.size(); i += share) keep(all[i]);
    for (size_t i = 0; i < all.size(); ++i)
        if (i % share != 0 && std::any_of(all[i].variants.begin(), all[i].variants.end(), untried)) keep(all[i]);
    return kept;
}

} // namespace

std::vector<ProblemVariants> problems_with_variants(const std::vector<Problem> &shapes) {
    std::vector<ProblemVariants> result;
    std::map<std::string, size_t> places; // by problem string
    for (const Variant &variant : registered_variants()) {
        if (!variant.usable) continue;
        std::set<std::string> seen; // shapes may differ in op and epilogue alone
        for (const Problem &shape : shapes) {
            const Problem problem = problem_for(variant.parts, shape);
            const std::string text = to_string(problem);
            if (!fits(variant.parts, problem) || !seen.insert(text).second) continue;
            const auto [place, is_new] = places.try_emplace(text, result.size());
            if (is_new) result.push_back({problem, {}});
            result[place->second].variants.push_back(variant);
        }
    }
    return share_of(result, test_share());
}

std::vector<ProblemVariants> problems_with_variants(const std::string &shape_list_name) {
    std::vector<Problem> shapes;
    for (const ShapeLine &line : shape_list(shape_list_name)) shapes.push_back(line.problem);
    std::vector<ProblemVariants> result = problems_with_variants(shapes);

    std::set<std::string> fitting;
    for (const ProblemVariants &entry : result)
        for (const Variant &variant : entry.variants) fitting.insert(variant.name);
    std::map<std::string, int> skipped; // by target
    for (const Variant &variant : registered_variants()) {
        if (!variant.usable)
            ++skipped[variant.parts.target];
        else if (fitting.count(variant.name) == 0)
            throw std::runtime_error("no line of " + shape_list_name + " fits " + variant.name);
    }
    for (const auto &[target, count] : skipped)
        std::printf("skipped %d variants: this CPU lacks %s\n", count, target.c_str());
    return result;
}

} // namespace normforge::testing
