// SPDX-License-Identifier: MIT
// Makes plans, see plan.h: from a checked problem and the chosen kernels to arguments that only lack addresses.
#include "runtime/plan.h"
#include "runtime/operands.h"
#include "runtime/plan_text.h"
#include "runtime/threads.h"
#include "runtime/workspace.h"
#include <algorithm>
#include <cstring>

namespace normforge {
namespace {

/// Kernels index with 32 bits: extents, strides and the distance between any two elements must fit, those of partial results
/// included.
Status check_index_width(const CheckedProblem &problem, const Choice &choice) {
    for (const Tensor &tensor : problem.tensors) {
        const Canonical &t = tensor.canonical;
        const int64_t largest = std::max({t.span(), t.n, t.c, t.s, t.stride_n, t.stride_c, t.stride_s});
        if (largest > INT32_MAX)
            return {NF_NO_VARIANT, std::string(tensor.name) + " has an extent, stride or span of " +
                                       std::to_string(largest) + " elements in canonical form; the kernels reach " +
                                       std::to_string(INT32_MAX)};
    }
    for (const nf_kernel *kernel : {choice.cached.kernel, choice.stream.kernel}) {
        if (!kernel || !has_partial_results(*kernel)) continue;
        const int64_t elements = padded_channels(problem.channels, *kernel) * chunks_of(problem.output().canonical.n);
        if (elements > INT32_MAX)
            return {NF_NO_VARIANT, std::string("partial results of ") + kernel->name + " have " + std::to_string(elements) +
                                       " elements; the kernels reach " + std::to_string(INT32_MAX)};
    }
    return {};
}

struct Dimension {
    int64_t extent, stride;
};

/// Prepares the arguments of kernels for one plan.
class Binder {
public:
    Binder(nf_plan &plan, const CheckedProblem &problem, const WorkspaceLayout &workspace, int64_t group)
        : plan_(plan), problem_(problem), workspace_(workspace), group_(group) {}

    BoundKernel bind(const nf_kernel &kernel) const {
        BoundKernel bound{&kernel, std::vector<Argument>(kernel.role_count)};
        for (size_t i = 0; i < bound.arguments.size(); ++i)
            fill(static_cast<nf_role>(kernel.roles[i]), kernel, bound.arguments[i]);
        return bound; // the elements stay where their `dim` points: the vector is moved, never copied
    }

private:
    void fill(nf_role role, const nf_kernel &kernel, Argument &argument) const {
        if (kind_of(role) == RoleKind::SCALAR || kind_of(role) == RoleKind::EXTENT) {
            argument.scalar = scalar(role);
            return;
        }
        set_shape(argument, problem_.element_bytes()[kind_of(role)], dimensions(role, kernel));
        argument.operand = operand_of(role, problem_.op());
        argument.constant = role == NF_ROLE_gamma ? plan_.ones.data() : role == NF_ROLE_beta ? plan_.zeros.data() : nullptr;
        if (workspace_.offsets[role] == WorkspaceLayout::kNone) return;
        argument.offset = workspace_.offsets[role];
        const bool read = argument.operand && (argument.operand->in(problem_.op()).use & kRead);
        argument.cleared_bytes = read ? static_cast<size_t>(problem_.channels) * problem_.element_bytes()[kind_of(role)] : 0;
    }

    void *scalar(nf_role role) const {
        return role == NF_ROLE_eps        ? static_cast<void *>(&plan_.eps)
               : role == NF_ROLE_momentum ? static_cast<void *>(&plan_.momentum)
               : role == NF_ROLE_chunks   ? static_cast<void *>(&plan_.chunks)
                                          : &plan_.plane;
    }

    std::vector<Dimension> dimensions(nf_role role, const nf_kernel &kernel) const {
        const int64_t channels = problem_.channels;
        const bool planes = problem_.form == NF_FORM_SMALL_PLANES;
        if (kind_of(role) == RoleKind::PARTIAL) {
            const int64_t padded = padded_channels(channels, kernel);
            return {{padded, 1}, {plan_.chunks, padded}};
        }
        if (is_per_channel(kind_of(role)) && planes) return {{group_, 1}, {channels / group_, group_}};
        if (is_per_channel(kind_of(role))) return {{channels, 1}};
        const Canonical &t = tensor(role).canonical;
        if (planes) return {{group_ * t.s, 1}, {t.c / group_, group_ * t.s}, {t.n, t.stride_n}};
        if (problem_.form == NF_FORM_LAST) return {{t.c, 1}, {t.n, t.stride_n}};
        return {{t.s, 1}, {t.c, t.stride_c}, {t.n, t.stride_n}};
    }

    const Tensor &tensor(nf_role role) const {
        const std::string_view name = operand_of(role, problem_.op())->name;
        return *std::find_if(problem_.tensors.begin(), problem_.tensors.end(),
                             [&](const Tensor &t) { return name == t.name; });
    }

    static void set_shape(Argument &argument, size_t bytes, const std::vector<Dimension> &dimensions) {
        for (size_t i = 0; i < dimensions.size(); ++i)
            argument.dimensions[i] = {0, static_cast<int32_t>(dimensions[i].extent),
                                      static_cast<int32_t>(dimensions[i].stride)};
        argument.buffer.type = halide_type_t(halide_type_float, static_cast<uint8_t>(8 * bytes));
        argument.buffer.dimensions = static_cast<int32_t>(dimensions.size());
        argument.buffer.dim = argument.dimensions;
    }

    nf_plan &plan_;
    const CheckedProblem &problem_;
    const WorkspaceLayout &workspace_;
    int64_t group_;
};

/// One value per channel, in the type of parameters.
std::vector<unsigned char> constant_parameters(const CheckedProblem &problem, int value) {
    const size_t bytes = problem.element_bytes()[RoleKind::PARAMETER];
    std::vector<unsigned char> array(static_cast<size_t>(problem.channels) * bytes);
    for (size_t at = 0; at < array.size(); at += bytes) {
        const auto narrow = static_cast<float>(value);
        const double wide = value;
        std::memcpy(&array[at], bytes == sizeof wide ? static_cast<const void *>(&wide) : &narrow, bytes);
    }
    return array;
}

const Operand *output_operand(const CheckedProblem &problem) {
    return operand_of(problem.op() == NF_FORWARD_TRAIN || problem.op() == NF_FORWARD_INFERENCE ? NF_ROLE_y : NF_ROLE_dx,
                      problem.op());
}

/// Everything but the checks: kernels, arguments, workspace. An empty batch needs none, but its wishes must make sense.
Status prepare(nf_plan &plan, const CheckedProblem &problem, PlanText &text) {
    const nf_description &d = problem.description;
    if (Status status = d.threads ? Status() : check_thread_count(); status.failed()) return status;
    Choice choice;
    if (problem.empty) return choose_kernels({problem}, choice);
    const bool serial = problem.bytes < kSerialBytes;
    plan.threads = serial ? 1 : d.threads;
    const int threads = plan.threads ? plan.threads : thread_count();
    const int64_t plane = problem.output().canonical.s;
    const int64_t group =
        problem.form == NF_FORM_SMALL_PLANES ? choose_group(problem.channels, plane, problem.element_bytes(), threads) : 1;

    if (Status status = choose_kernels({problem, group, threads}, choice); status.failed()) return status;
    if (Status status = check_index_width(problem, choice); status.failed()) return status;
    const WorkspaceLayout workspace = lay_out_workspace(problem, choice);
    plan.checks.workspace_size = workspace.size;
    plan.output = output_operand(problem);
    plan.eps = d.eps;
    plan.momentum = d.momentum;
    plan.plane = static_cast<int32_t>(plane);
    plan.chunks = static_cast<int32_t>(chunks_of(problem.output().canonical.n));
    plan.ones = constant_parameters(problem, 1);
    plan.zeros = constant_parameters(problem, 0);

    const Binder binder(plan, problem, workspace, group);
    plan.cached = binder.bind(*choice.cached.kernel);
    if (choice.stream.kernel) plan.stream = binder.bind(*choice.stream.kernel);
    plan.variant = choice.preferred()->name;
    prepare_threads(plan.threads);
    text.add_choice(choice, group, threads, serial, workspace.size);
    return {};
}

} // namespace

Status make_plan(const nf_description &description, std::unique_ptr<nf_plan> &plan) {
    CheckedProblem problem;
    if (Status status = check_description(description, problem); status.failed()) return status;
    auto made = std::make_unique<nf_plan>();
    made->checks = make_operand_checks(problem);
    PlanText text(problem);
    if (Status status = prepare(*made, problem, text); status.failed()) return status;
    made->description = text.str();
    plan = std::move(made);
    return {};
}

} // namespace normforge
