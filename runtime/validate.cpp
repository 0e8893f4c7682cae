// SPDX-License-Identifier: MIT
// The one validator, see validate.h. Descriptions come from C, so enumerators are read as plain ints until they are known.
#include "runtime/validate.h"
#include "runtime/names.h"
#include "runtime/operands.h"
#include "runtime/text.h"
#include "runtime/threads.h"
#include <cmath>

namespace normforge {
namespace {

template <class Enum>
Status check_enumerator(const char *field, const Enum &enumerator) {
    const int value = value_of(enumerator);
    if (name_of<Enum>(value)) return {};
    return {NF_INVALID_ARGUMENT, std::string(field) + " is " + std::to_string(value) +
                                     ", which is no enumerator; choices: " + choices_of<Enum>()};
}

Status check_scalars(const nf_description &d) {
    if (Status status = check_enumerator("op", d.op); status.failed()) return status;
    if (Status status = check_enumerator("epilogue", d.epilogue); status.failed()) return status;
    if (Status status = check_enumerator("statistics", d.statistics); status.failed()) return status;
    if (Status status = check_enumerator("store", d.store); status.failed()) return status;
    if (Status status = check_enumerator("x.dtype", d.x.dtype); status.failed()) return status;
    if (!(d.eps >= 0) || std::isinf(d.eps))
        return {NF_INVALID_ARGUMENT, "eps is " + number_text(d.eps) + ", expected a finite number that is not negative"};
    if (!(d.momentum >= 0 && d.momentum <= 1))
        return {NF_INVALID_ARGUMENT,
                "momentum is " + number_text(d.momentum) + ", expected 0 to 1 (the weight of the old running value)"};
    if (d.threads < 0 || d.threads > kMaxThreads)
        return {NF_INVALID_ARGUMENT,
                "threads is " + std::to_string(d.threads) + ", expected 0 to " + std::to_string(kMaxThreads)};
    return {};
}

/// The layouts of the tensors an op uses, x first and the output last.
std::vector<std::pair<const char *, nf_layout nf_description::*>> layouts_of(nf_op op) {
    if (op == NF_FORWARD_TRAIN || op == NF_FORWARD_INFERENCE) return {{"x", &nf_description::x}, {"y", &nf_description::y}};
    return {{"x", &nf_description::x}, {"dy", &nf_description::dy}, {"dx", &nf_description::dx}};
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

Status check_layouts(CheckedProblem &problem) {
    nf_description &d = problem.description;
    for (const auto &[name, member] : layouts_of(d.op)) {
        Tensor tensor{name, d.*member, {}};
        const bool is_x = problem.tensors.empty();
        if (Status status = resolve_layout(tensor, is_x ? nullptr : &d.x); status.failed()) return status;
        if (Status status = is_x ? Status() : check_like_x(tensor, d.x); status.failed()) return status;
        d.*member = tensor.layout;
        problem.tensors.push_back(tensor);
    }
    return {};
}

Status check_canonical(CheckedProblem &problem) {
    nf_description &d = problem.description;
    if (d.axis < -d.x.rank || d.axis >= d.x.rank)
        return {NF_INVALID_ARGUMENT, "axis is " + std::to_string(d.axis) + ", expected " + std::to_string(-d.x.rank) +
                                         " to " + std::to_string(d.x.rank - 1) + " for rank " + std::to_string(d.x.rank)};
    if (d.axis < 0) d.axis += d.x.rank;
    for (Tensor &tensor : problem.tensors)
        if (Status status = canonicalise(tensor, d.axis); status.failed()) return status;
    const Canonical &x = problem.tensors.front().canonical;
    problem.empty = x.empty();
    problem.channels = x.c;
    if (problem.empty) return {};
    if (__builtin_mul_overflow(x.elements(), element_bytes(problem.dtype()) * static_cast<int64_t>(problem.tensors.size()),
                               &problem.bytes))
        return {NF_OVERFLOW,
                "the tensors together, " + times_text(d.x.extents, d.x.rank) + " each, need more bytes than fit in 63 bits"};
    if (Status status = choose_form(problem.tensors, problem.form); status.failed()) return status;
    if (overlaps_itself(problem.output().canonical))
        return {NF_UNSUPPORTED_STRIDES, std::string(problem.output().name) + ".strides " +
                                            times_text(problem.output().layout.strides, d.x.rank) + " for extents " +
                                            times_text(d.x.extents, d.x.rank) +
                                            " let elements of an output share memory; each axis must enclose the next"};
    return {};
}

/// One operand's bytes, for the overlap test.
struct Range {
    const char *name;
    uintptr_t begin, end;
    bool written;
};

Status check_operand(const OperandChecks &checks, const Operand &operand, const nf_tensors &tensors) {
    const Binding &binding = operand.in(checks.op);
    const auto address = reinterpret_cast<uintptr_t>(operand.pointer(tensors));
    const std::string_view kind = operand.per_channel() ? ".data" : "";
    if (address == 0) {
        const bool nothing_there = operand.per_channel() ? checks.channels == 0 : checks.empty;
        if (binding.optional() || nothing_there) return {};
        return {NF_NULL_POINTER, std::string(operand.name).append(kind) + " is null, " + name_of(checks.op) + " needs it"};
    }
    const uintptr_t size = checks.element_bytes[operand.kind];
    if (address % size != 0)
        return {NF_MISALIGNED, std::string(operand.name).append(kind) + " is " + std::to_string(address % size) +
                                   " bytes past a multiple of its element size, " + std::to_string(size)};
    if (operand.per_channel() && operand.length(tensors) != checks.channels)
        return {NF_SHAPE_MISMATCH, std::string(operand.name) + ".length is " + std::to_string(operand.length(tensors)) +
                                       ", expected the number of channels, " + std::to_string(checks.channels)};
    return {};
}

Status check_workspace(const OperandChecks &checks, const nf_tensors &tensors) {
    if (checks.workspace_size == 0) return {};
    if (!tensors.workspace)
        return {NF_NULL_POINTER, "workspace is null, expected " + std::to_string(checks.workspace_size) + " bytes"};
    if (const uintptr_t past = reinterpret_cast<uintptr_t>(tensors.workspace) % NF_WORKSPACE_ALIGNMENT)
        return {NF_MISALIGNED, "workspace is " + std::to_string(past) + " bytes past a multiple of " +
                                   std::to_string(NF_WORKSPACE_ALIGNMENT)};
    if (tensors.workspace_size < checks.workspace_size)
        return {NF_WORKSPACE_TOO_SMALL, "workspace_size is " + std::to_string(tensors.workspace_size) +
                                            ", expected at least " + std::to_string(checks.workspace_size)};
    return {};
}

} // namespace

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
    if (Status status = check_scalars(description); status.failed()) return status;
    problem.description = description;
    if (Status status = check_layouts(problem); status.failed()) return status;
    return check_canonical(problem);
}

OperandChecks make_operand_checks(const CheckedProblem &problem) {
    OperandChecks checks{problem.op(), problem.empty, problem.channels, problem.element_bytes(), {}, 0};
    for (const Tensor &tensor : problem.tensors)
        for (size_t i = 0; i < checks.tensor_bytes.size(); ++i)
            if (std::string_view(kOperands[i].name) == tensor.name)
                checks.tensor_bytes[i] = tensor.canonical.span() * element_bytes(problem.dtype());
    return checks;
}

Status check_tensors(const OperandChecks &checks, const nf_tensors &tensors) {
    if (Status status = check_struct_size("nf_tensors", tensors.struct_size, sizeof tensors, "nf_tensors_init");
        status.failed())
        return status;
    std::array<Range, kOperandCount + 1> ranges; // the operands that are there, and the workspace
    size_t count = 0;
    for (size_t i = 0; i < kOperandCount; ++i) {
        const Operand &operand = kOperands[i];
        const Binding &binding = operand.in(checks.op);
        if (!binding.used()) continue;
        if (Status status = check_operand(checks, operand, tensors); status.failed()) return status;
        const auto begin = reinterpret_cast<uintptr_t>(operand.pointer(tensors));
        const auto bytes = operand.per_channel()
                               ? static_cast<uintptr_t>(checks.channels) * checks.element_bytes[operand.kind]
                               : static_cast<uintptr_t>(checks.tensor_bytes[i]);
        if (begin && bytes) ranges[count++] = {operand.name, begin, begin + bytes, binding.writes()};
    }
    if (Status status = check_workspace(checks, tensors); status.failed()) return status;
    if (checks.workspace_size) {
        const auto begin = reinterpret_cast<uintptr_t>(tensors.workspace);
        ranges[count++] = {"workspace", begin, begin + checks.workspace_size, true};
    }
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < i; ++j)
            if ((ranges[i].written || ranges[j].written) && ranges[i].begin < ranges[j].end &&
                ranges[j].begin < ranges[i].end)
                return {NF_OVERLAP, std::string(ranges[i].written ? ranges[i].name : ranges[j].name) + " overlaps " +
                                        (ranges[i].written ? ranges[j].name : ranges[i].name) +
                                        ", each taken from its first to its last byte with the gaps between; an output may "
                                        "overlap no other operand"};
    return {};
}

} // namespace normforge
