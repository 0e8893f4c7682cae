// SPDX-License-Identifier: MIT
// Checks of one execution, see operand_checks.h.
#include "runtime/operand_checks.h"
#include "runtime/names.h"
#include "runtime/ops.h"

namespace normforge {
namespace {

/// The input that an output may be, where strides are the same: y is x, or dx, where it is written, is dy.
const Operand *twin_of(const Operand &output, const CheckedProblem &problem) {
    const bool y = &output == &operand(OperandId::y), dx = &output == &operand(OperandId::dx);
    if ((!y && !dx) || !(problem.use(output) & kWrite) || problem.use(output) & kRead) return nullptr;
    const Operand &input = operand(y ? OperandId::x : OperandId::dy);
    const Tensor *const a = problem.tensor(output), *const b = problem.tensor(input);
    if (!a || !b || a->canonical.origin != b->canonical.origin) return nullptr;
    const auto axes = a->canonical.axes(), others = b->canonical.axes();
    for (size_t i = 0; i < axes.size(); ++i)
        if (axes[i].stride != others[i].stride) return nullptr;
    return &input;
}

/// One operand's bytes, for the overlap test.
struct Range {
    const char *name;
    const Operand *operand; ///< null for the workspace
    uintptr_t begin, end;
    bool written;
};

std::string with_data(const Operand &operand) {
    return std::string(operand.name) + (operand.per_channel() ? ".data" : "");
}

Status missing(const OperandChecks &checks, const Operand &operand, nf_gradient request) {
    std::string text = with_data(operand) + " is null, " + name_of(checks.op);
    if (operand.in(checks.op).when != Cell::When::always) text += std::string(" with epilogue ") + name_of(checks.epilogue);
    text += " needs it";
    if (operand.gradient)
        text += std::string(", because ") + operand.name + "_gradient is " + name_of(request) +
                "; NF_GRADIENT_NULL asks for none";
    return {NF_NULL_POINTER, text};
}

Status wrong_length(const Operand &operand, int64_t got, int64_t per_channel, int64_t channels) {
    std::string expected = "the number of channels, " + std::to_string(channels);
    if (operand.kind == RoleKind::TRIPLE)
        expected = std::to_string(per_channel) + " for each of " + std::to_string(channels) + " channels, " +
                   std::to_string(per_channel * channels);
    return {NF_SHAPE_MISMATCH, std::string(operand.name) + ".length is " + std::to_string(got) + ", expected " + expected};
}

Status check_operand(const OperandChecks &checks, size_t index, const nf_tensors &tensors) {
    const Operand &operand = kOperands[index];
    const OperandCheck &check = checks.operands[index];
    const auto address = reinterpret_cast<uintptr_t>(operand.pointer(tensors));
    if (address == 0) {
        const bool nothing_there = operand.per_channel() ? checks.channels == 0 : checks.empty;
        return check.use & kOptional || nothing_there ? Status() : missing(checks, operand, checks.requests[index]);
    }
    const uintptr_t size = checks.element_bytes[operand.kind];
    if (address % size != 0)
        return {NF_MISALIGNED, with_data(operand) + " is " + std::to_string(address % size) +
                                   " bytes past a multiple of its element size, " + std::to_string(size)};
    if (operand.per_channel() && operand.length(tensors) != check.per_channel * checks.channels)
        return wrong_length(operand, operand.length(tensors), check.per_channel, checks.channels);
    return {};
}

/// Whether one of the two is an output that is the other one, element by element.
bool in_place(const OperandChecks &checks, const Range &a, const Range &b) {
    if (!a.operand || !b.operand || a.begin != b.begin) return false;
    const auto twin = [&](const Operand *of) { return checks.operands[static_cast<size_t>(of - kOperands.data())].twin; };
    return twin(a.operand) == b.operand || twin(b.operand) == a.operand;
}

Status overlap(const Range &a, const Range &b) {
    const Range &output = a.written ? a : b, &other = a.written ? b : a;
    return {NF_OVERLAP, std::string(output.name) + " overlaps " + other.name +
                            ", each taken from its first to its last byte with the gaps between; an output may overlap no "
                            "other operand, save that y may be x and a written dx may be dy, at the same address with the "
                            "same strides"};
}

} // namespace

Status check_workspace(const void *workspace, size_t given_bytes, size_t needed_bytes) {
    if (needed_bytes == 0) return {};
    if (!workspace) return {NF_NULL_POINTER, "workspace is null, expected " + std::to_string(needed_bytes) + " bytes"};
    if (const uintptr_t past = reinterpret_cast<uintptr_t>(workspace) % NF_WORKSPACE_ALIGNMENT)
        return {NF_MISALIGNED, "workspace is " + std::to_string(past) + " bytes past a multiple of " +
                                   std::to_string(NF_WORKSPACE_ALIGNMENT)};
    if (given_bytes < needed_bytes)
        return {NF_WORKSPACE_TOO_SMALL,
                "workspace_size is " + std::to_string(given_bytes) + ", expected at least " + std::to_string(needed_bytes)};
    return {};
}

OperandChecks make_operand_checks(const CheckedProblem &problem) {
    const nf_description &d = problem.description;
    OperandChecks checks{problem.op(),
                         d.epilogue,
                         d.average == NF_AVERAGE_CUMULATIVE,
                         problem.empty,
                         problem.channels,
                         problem.element_bytes(),
                         {},
                         {},
                         0};
    for (size_t i = 0; i < kOperandCount; ++i) {
        const Operand &operand = kOperands[i];
        OperandCheck &check = checks.operands[i];
        const auto size = static_cast<int64_t>(checks.element_bytes[operand.kind]);
        check.use = problem.uses[i];
        if (!check.use) continue;
        if (operand.gradient) checks.requests[i] = d.*operand.gradient;
        if (operand.kind == RoleKind::TRIPLE) check.per_channel = 3;
        if (&operand == &normforge::operand(OperandId::triples) && !has_form(d.op)) check.per_channel *= d.parts;
        const Tensor *const tensor = problem.tensor(operand);
        check.low = tensor ? tensor->canonical.lowest() * size : 0;
        check.bytes = (tensor ? tensor->canonical.span() : check.per_channel * problem.channels) * size;
        check.twin = twin_of(operand, problem);
    }
    return checks;
}

Status check_tensors(const OperandChecks &checks, const nf_tensors &tensors) {
    if (Status status = check_struct_size("nf_tensors", tensors.struct_size, sizeof tensors, "nf_tensors_init");
        status.failed())
        return status;
    if (checks.cumulative && tensors.batches_averaged < 0)
        return {NF_INVALID_ARGUMENT,
                "batches_averaged is " + std::to_string(tensors.batches_averaged) + ", expected 0 or more"};
    std::array<Range, kOperandCount + 1> ranges; // the operands that are there, and the workspace
    size_t count = 0;
    for (size_t i = 0; i < kOperandCount; ++i) {
        const OperandCheck &check = checks.operands[i];
        if (!check.use) continue;
        if (Status status = check_operand(checks, i, tensors); status.failed()) return status;
        const auto address = reinterpret_cast<uintptr_t>(kOperands[i].pointer(tensors));
        const uintptr_t begin = address + static_cast<uintptr_t>(check.low); // modulo 2^64: `low` may be negative
        if (address && check.bytes)
            ranges[count++] = {kOperands[i].name, &kOperands[i], begin, begin + static_cast<uintptr_t>(check.bytes),
                               (check.use & kWrite) != 0};
    }
    if (Status status = check_workspace(tensors.workspace, tensors.workspace_size, checks.workspace_size); status.failed())
        return status;
    if (checks.workspace_size) {
        const auto begin = reinterpret_cast<uintptr_t>(tensors.workspace);
        ranges[count++] = {"workspace", nullptr, begin, begin + checks.workspace_size, true};
    }
    for (size_t i = 0; i < count; ++i)
        for (size_t j = 0; j < i; ++j)
            if ((ranges[i].written || ranges[j].written) && ranges[i].begin < ranges[j].end &&
                ranges[j].begin < ranges[i].end && !in_place(checks, ranges[i], ranges[j]))
                return overlap(ranges[i], ranges[j]);
    return {};
}

} // namespace normforge
