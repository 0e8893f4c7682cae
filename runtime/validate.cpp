// SPDX-License-Identifier: MIT
// The one validator, see validate.h. Descriptions come from C, so enumerators are read as plain ints until they are known.
#include "runtime/validate.h"
#include "runtime/names.h"
#include "runtime/operands.h"
#include "runtime/ops.h"
#include "runtime/text.h"
#include "runtime/threads.h"
#include <algorithm>
#include <cmath>
#include <limits>
#include <string_view>

namespace normforge {
namespace {

/// Whether the op averages running statistics, and so has a use for momentum and its like.
bool may_average(nf_op op) {
    return op == NF_FORWARD_TRAIN || op == NF_MERGE;
}

/// Whether the op takes a root of a variance.
bool may_use_eps(nf_op op) {
    return may_average(op) || op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN;
}

/// A field that only some ops have a use for: others get 0, whatever the caller left in it.
template <class Enum>
Status check_if(bool used, const char *name, Enum &field) {
    if (used) return check_enumerator(name, field);
    field = Enum{};
    return {};
}

Status check_enumerators(nf_description &d) {
    if (Status status = check_enumerator("op", d.op); status.failed()) return status;
    const bool averages = may_average(d.op);
    for (Status status :
         {check_if(has_epilogue(d.op), "epilogue", d.epilogue), check_enumerator("x.dtype", d.x.dtype),
          check_if(may_use(d.op, RoleKind::PARAMETER), "parameters", d.parameters),
          check_enumerator("statistics", d.statistics), check_if(averages, "running_variance", d.running_variance),
          check_if(averages, "average", d.average), check_enumerator("store", d.store),
          check_enumerator("device", d.device)})
        if (status.failed()) return status;
    for (const Operand &operand : kOperands) {
        if (!operand.gradient) continue;
        const bool used = may_use(d.op, operand.gradient) &&
                          (operand.gradient != &nf_description::dresidual_gradient || adds_residual(d.epilogue));
        const std::string name = std::string(operand.name) + "_gradient";
        if (Status status = check_if(used, name.c_str(), d.*operand.gradient); status.failed()) return status;
    }
    return {};
}

/// Those that the op has no use for get their defaults.
Status check_scalars(nf_description &d) {
    nf_description defaults;
    nf_description_init(&defaults, d.op);
    if (!may_use_eps(d.op)) d.eps = defaults.eps;
    if (!may_average(d.op) || d.average == NF_AVERAGE_CUMULATIVE) d.momentum = defaults.momentum;
    if (activation_of(d.epilogue) != NF_EPILOGUE_LEAKY_RELU) d.slope = defaults.slope;
    if (has_form(d.op)) d.parts = defaults.parts;
    if (!(d.eps >= 0) || std::isinf(d.eps))
        return {NF_INVALID_ARGUMENT, "eps is " + number_text(d.eps) + ", expected a finite number that is not negative"};
    if (!(d.momentum >= 0 && d.momentum <= 1))
        return {NF_INVALID_ARGUMENT,
                "momentum is " + number_text(d.momentum) + ", expected 0 to 1 (the weight of the old running value)"};
    if (!(d.slope >= 0 && d.slope <= std::numeric_limits<float>::max())) // an infinite one would make NaN of 0
        return {NF_INVALID_ARGUMENT, "slope is " + number_text(d.slope) + ", epilogue " + name_of(d.epilogue) +
                                         " expects 0 to the largest f32, 3.4e38"};
    if (d.parts < 1) return {NF_INVALID_ARGUMENT, "parts is " + std::to_string(d.parts) + ", expected 1 or more"};
    if (d.op == NF_BACKWARD_RESIDUAL && !adds_residual(d.epilogue))
        return {NF_INVALID_ARGUMENT, std::string("epilogue is ") + name_of(d.epilogue) +
                                         ", backward_residual expects one that adds a residual: add, add_relu and so on"};
    if (d.threads < 0 || d.threads > kMaxThreads)
        return {NF_INVALID_ARGUMENT,
                "threads is " + std::to_string(d.threads) + ", expected 0 to " + std::to_string(kMaxThreads)};
    return {};
}

/// Channel types that run with an element type, "default" aside.
Status check_channel_types(nf_description &d) {
    const std::string dtype = name_of(d.x.dtype);
    const bool f64 = d.x.dtype == NF_F64;
    if (d.parameters != NF_CHANNEL_DEFAULT && d.parameters != (f64 ? NF_CHANNEL_F64 : NF_CHANNEL_F32))
        return {NF_TYPE_MISMATCH, std::string("parameters are ") + name_of(d.parameters) + " and x is " + dtype +
                                      ", which do not run together; with x " + dtype + " parameters are " +
                                      (f64 ? "f64" : "f32")};
    if (d.statistics != NF_CHANNEL_DEFAULT && d.statistics != NF_CHANNEL_F64 && (f64 || d.statistics != NF_CHANNEL_F32))
        return {NF_TYPE_MISMATCH, std::string("statistics are ") + name_of(d.statistics) + " and x is " + dtype +
                                      ", which do not run together; with x " + dtype + " statistics are " +
                                      (f64 ? "f64" : "f32 or f64")};
    return {};
}

Status check_like_x(const Tensor &tensor, const nf_layout &x) {
    const nf_layout &layout = tensor.layout;
    const std::string name = tensor.name;
    if (value_of(layout.dtype) != value_of(x.dtype))
        return {NF_TYPE_MISMATCH, name + ".dtype is " + std::to_string(value_of(layout.dtype)) + ", x.dtype is " +
                                      name_of(x.dtype) + "; both must be the same"};
    if (layout.rank != x.rank)
        return {NF_SHAPE_MISMATCH, name + ".rank is " + std::to_string(layout.rank) + ", x.rank is " +
                                       std::to_string(x.rank) + "; both must be the same"};
    for (int i = 0; i < x.rank; ++i)
        if (layout.extents[i] != x.extents[i])
            return {NF_SHAPE_MISMATCH, name + ".extents are " + times_text(layout.extents, layout.rank) +
                                           ", x.extents are " + times_text(x.extents, x.rank) + "; both must be the same"};
    return {};
}

/// Resolves the layouts of all tensors that the problem uses. Where x is none of them, its extents and type still count.
Status check_layouts(CheckedProblem &problem) {
    nf_description &d = problem.description;
    for (size_t i = 0; i < kOperandCount; ++i) {
        const Operand &operand = kOperands[i];
        const bool is_x = &operand == &normforge::operand(OperandId::x);
        if (!operand.layout || (!problem.uses[i] && !is_x)) continue;
        Tensor tensor{operand.name, d.*operand.layout, {}};
        if (!problem.uses[i]) std::fill(std::begin(tensor.layout.strides), std::end(tensor.layout.strides), 0);
        if (Status status = resolve_layout(tensor, is_x ? nullptr : &d.x); status.failed()) return status;
        if (Status status = is_x ? Status() : check_like_x(tensor, d.x); status.failed()) return status;
        d.*operand.layout = tensor.layout;
        if (problem.uses[i]) problem.tensors.push_back(tensor);
    }
    return {};
}

Status check_axis(nf_description &d) {
    if (d.axis < -d.x.rank || d.axis >= d.x.rank)
        return {NF_INVALID_ARGUMENT, "axis is " + std::to_string(d.axis) + ", expected " + std::to_string(-d.x.rank) +
                                         " to " + std::to_string(d.x.rank - 1) + " for rank " + std::to_string(d.x.rank)};
    if (d.axis < 0) d.axis += d.x.rank;
    return {};
}

/// Per-channel arrays have at most this many bytes per channel: those of the triples that are merged.
Status check_channels(CheckedProblem &problem) {
    const nf_description &d = problem.description;
    problem.channels = d.x.extents[d.axis];
    problem.bytes = 0;
    const int64_t triples = has_form(d.op) ? 1 : d.parts;
    const auto bytes = static_cast<int64_t>(3 * sizeof(double)) * triples;
    if (__builtin_mul_overflow(problem.channels, bytes, &problem.bytes))
        return {NF_OVERFLOW, std::to_string(triples) + " triples of " + std::to_string(problem.channels) +
                                 " channels need more bytes than fit in 63 bits"};
    return {};
}

Status check_canonical(CheckedProblem &problem) {
    const nf_description &d = problem.description;
    for (Tensor &tensor : problem.tensors)
        if (Status status = canonicalise(tensor, d.axis); status.failed()) return status;
    const Canonical &first = problem.tensors.front().canonical;
    problem.empty = first.empty();
    if (problem.empty) return {};
    if (__builtin_mul_overflow(
            first.elements(), element_bytes(problem.dtype()) * static_cast<int64_t>(problem.tensors.size()), &problem.bytes))
        return {NF_OVERFLOW,
                "the tensors together, " + times_text(d.x.extents, d.x.rank) + " each, need more bytes than fit in 63 bits"};
    problem.form = choose_form(problem.tensors);
    for (const Operand &operand : kOperands) {
        const Tensor *const tensor = problem.use(operand) & kWrite ? problem.tensor(operand) : nullptr;
        if (tensor && overlaps_itself(tensor->canonical))
            return {NF_UNSUPPORTED_STRIDES, std::string(tensor->name) + ".strides " +
                                                times_text(tensor->layout.strides, d.x.rank) + " for extents " +
                                                times_text(d.x.extents, d.x.rank) +
                                                " let elements of an output share memory; each axis must enclose the next"};
    }
    return {};
}

} // namespace

const Tensor *CheckedProblem::tensor(const Operand &operand) const {
    const auto found = std::find_if(tensors.begin(), tensors.end(),
                                    [&](const Tensor &t) { return std::string_view(t.name) == operand.name; });
    return found == tensors.end() ? nullptr : &*found;
}

Status check_struct_size(const char *what, size_t got, size_t expected, const char *setter) {
    if (got == expected) return {};
    return {NF_INVALID_ARGUMENT, std::string(what) + ".struct_size is " + std::to_string(got) + ", expected " +
                                     std::to_string(expected) + " (set by " + setter + ")"};
}

Status check_description(const nf_description &description, CheckedProblem &problem) {
    if (Status status =
            check_struct_size("nf_description", description.struct_size, sizeof description, "nf_description_init");
        status.failed())
        return status;
    problem.description = description;
    nf_description &d = problem.description;
    for (Status (*check)(nf_description &) : {check_enumerators, check_scalars, check_channel_types})
        if (Status status = check(d); status.failed()) return status;
    for (size_t i = 0; i < kOperandCount; ++i) problem.uses[i] = use_of(kOperands[i], d);
    if (Status status = check_layouts(problem); status.failed()) return status;
    if (Status status = check_axis(d); status.failed()) return status;
    if (Status status = check_channels(problem); status.failed()) return status;
    if (!problem.tensors.empty()) return check_canonical(problem);
    problem.empty = problem.channels == 0;
    return {};
}

} // namespace normforge
