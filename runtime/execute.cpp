// SPDX-License-Identifier: MIT
// Runs a plan: checks the operands, puts addresses into copies of the prepared arguments, calls the kernel. Allocates
// nothing.
#include "runtime/operands.h"
#include "runtime/plan.h"
#include "runtime/threads.h"
#include <array>
#include <cstring>

namespace normforge {
namespace {

thread_local const char *last_name = "";

/// With m = 0 the sums over a channel are empty.
void write_empty_sums(const nf_plan &plan, const nf_tensors &tensors) {
    for (nf_role role : {NF_ROLE_dgamma, NF_ROLE_dbeta})
        if (const Operand *operand = operand_of(role, plan.checks.op))
            if (void *data = operand->pointer(tensors); data && plan.checks.channels > 0)
                std::memset(data, 0,
                            static_cast<size_t>(plan.checks.channels) * plan.checks.element_bytes[RoleKind::PARAMETER]);
}

void *address_of(const Argument &argument, const nf_tensors &tensors) {
    if (argument.operand)
        if (void *given = argument.operand->pointer(tensors)) return given;
    if (argument.constant) return argument.constant;
    char *piece = static_cast<char *>(tensors.workspace) + argument.offset;
    std::memset(piece, 0, argument.cleared_bytes);
    return piece;
}

int run(const BoundKernel &bound, const nf_tensors &tensors) {
    std::array<halide_buffer_t, NF_ROLE_COUNT> buffers;
    std::array<void *, NF_ROLE_COUNT> pointers;
    for (size_t i = 0; i < bound.arguments.size(); ++i) {
        const Argument &argument = bound.arguments[i];
        pointers[i] = argument.scalar;
        if (argument.scalar) continue;
        buffers[i] = argument.buffer;
        buffers[i].host = static_cast<uint8_t *>(address_of(argument, tensors));
        pointers[i] = &buffers[i];
    }
    return bound.kernel->run(pointers.data());
}

/// Outputs may be half written: this status must reach the caller even where there is no memory for its text.
Status kernel_failed(const char *name, int result) noexcept {
    Status status;
    status.code = NF_KERNEL_FAILED;
    try {
        status.text = std::string(name) + " returned " + std::to_string(result);
    } catch (...) {
        status.text.clear();
    }
    return status;
}

} // namespace

Status execute_plan(const nf_plan &plan, const nf_tensors &tensors) {
    if (Status status = check_tensors(plan.checks, tensors); status.failed()) return status;
    if (plan.checks.empty) {
        write_empty_sums(plan, tensors);
        return {};
    }
    const bool aligned = reinterpret_cast<uintptr_t>(plan.output->pointer(tensors)) % kStreamAlignment == 0;
    const BoundKernel &bound = plan.stream.kernel && aligned ? plan.stream : plan.cached;
    const ThreadLimit limit(plan.threads ? plan.threads : thread_count());
    last_name = bound.kernel->name;
    const int result = run(bound, tensors);
    return result ? kernel_failed(bound.kernel->name, result) : Status();
}

const char *last_variant() noexcept {
    return last_name;
}

} // namespace normforge
