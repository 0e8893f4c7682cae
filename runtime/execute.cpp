// SPDX-License-Identifier: MIT
// Runs a plan: checks the operands; then, step by step and box by box, puts addresses into copies of the prepared arguments
// and calls the kernel. Allocates nothing.
#include "runtime/device/cuda.h"
#include "runtime/operands.h"
#include "runtime/plan.h"
#include "runtime/threads.h"
#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

namespace normforge {
namespace {

thread_local const char *last_name = "";

/// With m = 0 the sums over a channel are empty. Those that are added to stay.
int write_empty_sums(const nf_plan &plan, const nf_tensors &tensors) {
    for (size_t i = 0; i < kOperandCount; ++i) {
        const Operand &operand = kOperands[i];
        const OperandCheck &check = plan.checks.operands[i];
        const bool sums = operand.kind == RoleKind::PARAMETER || operand.kind == RoleKind::TRIPLE;
        void *const data = operand.pointer(tensors);
        if (!sums || !data || !check.bytes || (check.use & (kRead | kWrite)) != kWrite) continue;
        const auto bytes = static_cast<size_t>(check.bytes);
        if (!plan.device)
            std::memset(data, 0, bytes);
        else if (const int failed = DeviceScope::fill(data, bytes / sizeof(float), sizeof(float), false))
            return failed;
    }
    return 0;
}

using Index = std::array<int64_t, kGridAxes>; ///< of a box in its grid

/// One execution of a plan.
class Execution {
public:
    Execution(const nf_plan &plan, const nf_tensors &tensors) : plan_(plan), tensors_(tensors) {
        const auto batches = static_cast<double>(tensors.batches_averaged);
        if (plan.checks.cumulative) momentum_ = batches / (batches + 1);
    }

    /// Every kernel once for each shape of box, without looking at any tensor; for a GPU's kernels, which only load their
    /// code.
    const nf_kernel *load(int &result) const {
        for (const BoundStep &step : plan_.steps)
            for (const BoundBox &box : step.boxes)
                for (const BoundKernel *bound : {&box.cached, &box.stream})
                    if (bound->kernel && (result = call(*bound, {}))) return bound->kernel;
        return nullptr;
    }

    /// Null, or the kernel that failed, with its result.
    const nf_kernel *run(int &result) const {
        for (const BoundStep &step : plan_.steps)
            if (const nf_kernel *failed = run(step, result)) return failed;
        return nullptr;
    }

private:
    const nf_kernel *run(const BoundStep &step, int &result) const {
        const Grid &grid = step.grid;
        if (grid.side_by_side) return run_side_by_side(step, result);
        Index at{};
        for (at[kC] = 0; at[kC] < grid.count(kC); ++at[kC])
            for (at[kOuter] = 0; at[kOuter] < grid.count(kOuter); ++at[kOuter])
                for (at[kN] = 0; at[kN] < grid.count(kN); ++at[kN])
                    for (at[kS] = 0; at[kS] < grid.count(kS); ++at[kS])
                        if (const nf_kernel *failed = run(step, at, result)) return failed;
        return nullptr;
    }

    /// Each box is a task of the host's parallel loop, and what its kernel would share out runs on that task's thread.
    const nf_kernel *run_side_by_side(const BoundStep &step, int &result) const {
        struct Boxes {
            const Execution &execution;
            const BoundStep &step;
            std::atomic<const nf_kernel *> failed{nullptr};
            std::atomic<const char *> last_name{""}; // the thread that it ran on may be another
        } boxes{*this, step};
        const auto run_box = [](void *, int number, uint8_t *closure) {
            Boxes &all = *reinterpret_cast<Boxes *>(closure);
            const int64_t runs = all.step.grid.count(kS);
            int own = 0;
            if (const nf_kernel *failed = all.execution.run(all.step, {0, number / runs, 0, number % runs}, own))
                all.failed = failed;
            if (number + 1 == all.step.grid.boxes()) all.last_name = last_name;
            return own;
        };
        result = kernel_host()->parallel_for(run_box, 0, static_cast<int>(step.grid.boxes()),
                                             reinterpret_cast<uint8_t *>(&boxes));
        last_name = boxes.last_name;
        return boxes.failed;
    }

    const nf_kernel *run(const BoundStep &step, const Index &at, int &result) const {
        size_t shape = 0;
        for (const size_t axis : {kN, kC, kS})
            if (step.grid.has_tail(axis) && at[axis] + 1 == step.grid.count(axis)) shape |= size_t{1} << (axis - 1);
        const BoundBox &box = step.boxes[shape];
        const BoundKernel &bound = streams(box, at) ? box.stream : box.cached;
        last_name = bound.kernel->name;
        result = call(bound, at);
        return result ? bound.kernel : nullptr;
    }

    bool streams(const BoundBox &box, const Index &at) const {
        if (!box.stream.kernel) return false;
        const auto aligned = [&](const Argument &argument, int64_t alignment) {
            return reinterpret_cast<uintptr_t>(address_of(argument, at)) % static_cast<uintptr_t>(alignment) == 0;
        };
        const std::vector<Argument> &arguments = box.stream.arguments;
        const int64_t vector = box.stream.kernel->alignment;
        if (!vector) return aligned(arguments[box.stream.output], kStreamAlignment);
        // In the last form per-channel values are vectors, too.
        const bool vectors_of_channels = box.stream.kernel->form == NF_FORM_LAST;
        return std::all_of(arguments.begin(), arguments.end(), [&](const Argument &argument) {
            const RoleKind kind = kind_of(argument.role);
            const bool is_array = kind != RoleKind::SCALAR && kind != RoleKind::INTEGER;
            const bool is_vector = kind == RoleKind::TENSOR || (vectors_of_channels && is_array);
            return !is_vector || aligned(argument, vector);
        });
    }

    void *address_of(const Argument &argument, const Index &at) const {
        int64_t advance = 0;
        for (size_t axis = 0; axis < kGridAxes; ++axis) advance += at[axis] * argument.advance[axis];
        if (argument.operand)
            if (void *given = argument.operand->pointer(tensors_))
                return static_cast<char *>(given) + argument.operand_offset + advance;
        if (argument.constant) return const_cast<unsigned char *>(argument.constant); // kernels only read it
        if (argument.workspace == Argument::kNone) return nullptr;
        return static_cast<char *>(tensors_.workspace) + argument.workspace + (argument.shared ? advance : 0);
    }

    int call(const BoundKernel &bound, const Index &at) const {
        std::array<halide_buffer_t, NF_ROLE_COUNT> buffers;
        std::array<double, NF_ROLE_COUNT> numbers;
        std::array<int32_t, NF_ROLE_COUNT> integers;
        std::array<void *, NF_ROLE_COUNT> pointers;
        for (size_t i = 0; i < bound.arguments.size(); ++i) {
            const Argument &argument = bound.arguments[i];
            if (kind_of(argument.role) == RoleKind::SCALAR) {
                const bool varies = argument.role == NF_ROLE_momentum && plan_.checks.cumulative;
                numbers[i] = varies ? momentum_ : argument.number;
                pointers[i] = &numbers[i];
            } else if (kind_of(argument.role) == RoleKind::INTEGER) {
                integers[i] = argument.integer;
                pointers[i] = &integers[i];
            } else {
                buffers[i] = argument.buffer;
                buffers[i].host = static_cast<uint8_t *>(address_of(argument, at));
                const bool given = argument.operand && argument.operand->pointer(tensors_);
                if (argument.cleared_bytes && !given)
                    if (const int failed = clear(argument, buffers[i].host)) return failed;
                if (plan_.device) buffers[i].device = reinterpret_cast<uintptr_t>(std::exchange(buffers[i].host, nullptr));
                pointers[i] = &buffers[i];
            }
        }
        return bound.kernel->run(pointers.data());
    }

    /// Gives what no operand holds, but a kernel reads, its value.
    int clear(const Argument &argument, void *memory) const {
        if (!plan_.device) {
            std::memset(memory, 0, argument.cleared_bytes);
            return 0;
        }
        const auto bytes = plan_.checks.element_bytes[kind_of(argument.role)];
        return DeviceScope::fill(memory, argument.cleared_bytes / bytes, bytes, argument.filled_with_ones);
    }

    const nf_plan &plan_;
    const nf_tensors &tensors_;
    double momentum_ = 0; ///< with NF_AVERAGE_CUMULATIVE
};

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

/// Runs what there is to run: 0, or the result of what failed, whose name is then told.
int run(const nf_plan &plan, const nf_tensors &tensors, const char *&failed) {
    failed = "clearing";
    if (plan.checks.empty) return write_empty_sums(plan, tensors);
    int result = 0;
    const ThreadLimit limit(plan.threads ? plan.threads : thread_count());
    const nf_kernel *const kernel = Execution(plan, tensors).run(result);
    if (kernel) failed = kernel->name;
    return kernel ? result : 0;
}

/// The text of a failed launch says more than its kernel's result.
template <typename Work>
Status on_device(const nf_plan &plan, const DeviceQueue &queue, Work work) {
    if (Status status = plan.device->begin(queue); status.failed()) return status;
    const char *failed = "";
    Status status;
    {
        const DeviceScope scope(*plan.device, queue);
        if (const int result = work(failed)) {
            status = kernel_failed(failed, result);
            if (scope.failure().failed()) status = {scope.failure().code, status.text + ": " + scope.failure().text};
        }
    }
    Status ended = plan.device->end(queue);
    return status.failed() ? status : ended;
}

/// Refuses memory that is not the device's.
Status check_memory(const nf_plan &plan, const char *name, const void *pointer) {
    if (plan.device) return plan.device->check_memory(name, pointer, plan.context);
    if (!is_device_memory(pointer)) return {};
    return {NF_WRONG_MEMORY, std::string(name) + " is device memory, expected host memory: the plan is for the CPU"};
}

Status check_memory(const nf_plan &plan, const nf_tensors &tensors) {
    for (size_t i = 0; i < kOperandCount; ++i) {
        const OperandCheck &check = plan.checks.operands[i];
        const void *const pointer = kOperands[i].pointer(tensors);
        if (!check.use || !pointer || !check.bytes) continue;
        const void *const lowest = static_cast<const char *>(pointer) + check.low;
        if (Status status = check_memory(plan, kOperands[i].name, lowest); status.failed()) return status;
    }
    return plan.checks.workspace_size ? check_memory(plan, "workspace", tensors.workspace) : Status();
}

} // namespace

Status load_code(const nf_plan &plan) {
    nf_tensors none{};
    none.workspace = reinterpret_cast<void *>(NF_WORKSPACE_ALIGNMENT); // only passed on
    return on_device(plan, {plan.context, nullptr, true}, [&](const char *&failed) {
        int result = 0;
        const nf_kernel *const kernel = Execution(plan, none).load(result);
        if (kernel) failed = kernel->name;
        return kernel ? result : 0;
    });
}

Status execute_plan(const nf_plan &plan, const nf_tensors &tensors) {
    if (Status status = check_tensors(plan.checks, tensors); status.failed()) return status;
    if (plan.device || plan.may_meet_device_memory)
        if (Status status = check_memory(plan, tensors); status.failed()) return status;
    if (plan.device) {
        Status status = on_device(plan, {plan.context, tensors.stream, false},
                                  [&](const char *&failed) { return run(plan, tensors, failed); });
        if (status.failed()) return status;
    } else {
        const char *failed = "";
        if (const int result = run(plan, tensors, failed)) return kernel_failed(failed, result);
    }
    if (plan.captured && !plan.checks.empty) count_execution(*plan.captured, tensors);
    return {};
}

const char *last_variant() noexcept {
    return last_name;
}

} // namespace normforge
