// SPDX-License-Identifier: MIT
// One function per property.
#include "tests/audit/properties.h"

#include "runtime/canonical.h"
#include "runtime/operands.h"
#include "runtime/ops.h"
#include "tools/normforge/asm/listing.h"

#include <algorithm>
#include <fmt/format.h>

namespace normforge::audit {

using namespace assembly;

namespace {

/// Bytes of tensors that hot loops of arm-64 kernels move per instruction, at least. Behind each, the lowest of the default
/// set, about a tenth higher: f32 and f64 in small planes, 16-bit types as well, where conversions are half of the
/// instructions. No fused multiply-adds help: every target gives the same bits.
double least_density(nf_op op, TensorLoop::Kind kind, nf_dtype dtype) {
    const bool forward = writes_y(op) || op == NF_STATS, output = kind == TensorLoop::Kind::Output;
    const auto choose = [&](double f32, double f64, double f16, double bf16) {
        return dtype == NF_F32 ? f32 : dtype == NF_F64 ? f64 : dtype == NF_F16 ? f16 : bf16;
    };
    if (forward && !output) return choose(1.6, 1.5, 0.7, 0.7); // 1.75, 1.66, 0.79, 0.79
    if (forward) return choose(3.1, 3.3, 1.15, 0.8);           // 3.46, 3.66, 1.28, 0.89
    if (!output) return choose(2.4, 2.4, 1.0, 1.0);            // 2.67, 2.67, 1.14, 1.14
    return choose(2.4, 2.4, 1.05, 0.85);                       // 2.70, 2.74, 1.19, 0.94
}

class Auditor {
public:
    Auditor(const CodeFile &file, const nf_kernel &kernel, Complaints &complaints)
        : kernel_(kernel),
          functions_(trace(file, kernel.name)),
          loops_(tensor_loops(functions_, kernel)),
          complaints_(complaints) {}

    void check() {
        check_sweeps();
        check_gathers();
        check_half_arithmetic();
        for (const TensorLoop &loop : loops_) {
            check_understood(loop);
            if (loop.is_body()) {
                check_width(loop);
                if (kernel_.target == std::string("arm-64")) check_arm(loop);
                check_conversions(loop);
                check_rounding(loop);
                for (const Instruction &instruction : loop.instructions)
                    if (instruction.by_element) complain(Property::NoGathers, loop, instruction.text);
            } else {
                check_element_walk(loop);
            }
            if (loop.kind == TensorLoop::Kind::Output && kernel_.form == NF_FORM_LAST) check_loads(loop);
            if (loop.kind == TensorLoop::Kind::Reduction && loop.slots()) complain(Property::NoSpills, loop, "");
        }
        check_stores();
    }

private:
    void complain(Property property, const std::string &text) {
        complaints_[property].push_back(std::string(kernel_.name) + ": " + text);
    }
    void complain(Property property, const TensorLoop &loop, const std::string &text) {
        complain(property, heading(loop) + (text.empty() ? "" : "; " + text));
    }

    bool has_argument(nf_role role) const {
        return std::find(kernel_.roles, kernel_.roles + kernel_.role_count, role) != kernel_.roles + kernel_.role_count;
    }

    /// Whether a loop of this kind takes whole vectors of a tensor.
    bool has_body(TensorLoop::Kind kind, nf_role role) const {
        return std::any_of(loops_.begin(), loops_.end(), [&](const TensorLoop &loop) {
            return loop.kind == kind && loop.tensor_bytes(kind == TensorLoop::Kind::Output).count(role);
        });
    }

    void check_sweeps() {
        const auto op = static_cast<nf_op>(kernel_.op);
        const nf_role output = writes_y(op) ? NF_ROLE_y : op == NF_BACKWARD_RESIDUAL ? NF_ROLE_dresidual : NF_ROLE_dx;
        if (has_store(op) && !has_body(TensorLoop::Kind::Output, output))
            complain(Property::Sweeps, "no loop writes its output in whole vectors");
        for (const nf_role input : {NF_ROLE_x, NF_ROLE_dy})
            if (reduces(op) && has_argument(input) && !has_body(TensorLoop::Kind::Reduction, input))
                complain(Property::Sweeps,
                         std::string("no loop sums over ") + (input == NF_ROLE_x ? "x" : "dy") + " in whole vectors");
    }

    /// Tails are read by masks, where there are masks: AVX2 has none for 16 bits, SSE and NEON have none. What has no index
    /// is a field of a buffer's description.
    void check_gathers() {
        const int register_bytes = vector_facts(kernel_).register_bytes;
        const bool masks =
            register_bytes == 64 || (register_bytes == 32 && element_bytes(static_cast<nf_dtype>(kernel_.dtype)) >= 4);
        for (const TracedFunction &function : functions_)
            for (const Instruction &instruction : function.instructions)
                if (instruction.gathers || (instruction.by_element && instruction.memory.index != kNoRegister && masks))
                    complain(Property::NoGathers, function.name + ": " + instruction.text);
    }

    void check_understood(const TensorLoop &loop) {
        for (const LoopAccess &access : loop.accesses)
            if (access.to == LoopAccess::To::Unknown) complain(Property::Understood, loop, loop.at(access).text);
    }

    void check_loads(const TensorLoop &loop) {
        for (const LoopAccess &access : loop.accesses)
            if (access.to == LoopAccess::To::Tensor && access.load && loop.at(access).memory_mask != 0)
                complain(Property::PlainLoads, loop, loop.at(access).text);
    }

    void check_width(const TensorLoop &loop) {
        for (const Instruction &instruction : loop.instructions) {
            const bool narrow =
                instruction.packed_arithmetic && instruction.vector_bytes() < vector_facts(kernel_).register_bytes;
            if (narrow || instruction.scalar_arithmetic) complain(Property::Width, loop, instruction.text);
        }
    }

    void check_half_arithmetic() {
        for (const TracedFunction &function : functions_)
            for (const Instruction &instruction : function.instructions)
                if (instruction.packed_arithmetic == 2 || instruction.scalar_arithmetic == 2)
                    complain(Property::Halves, function.name + ": " + instruction.text);
    }

    /// A loop that computes nothing copies halves as they are.
    void check_conversions(const TensorLoop &loop) {
        const auto any = [&](auto fact) { return std::any_of(loop.instructions.begin(), loop.instructions.end(), fact); };
        if (kernel_.dtype != NF_F16 || !any([](const Instruction &i) { return i.packed_arithmetic != 0; })) return;
        if (!any([](const Instruction &i) { return i.widens_half; }))
            complain(Property::Halves, loop, "converts nothing from f16");
        const bool passes_on = kernel_.op == NF_BACKWARD_RESIDUAL; // dy as it is, or 0
        if (loop.kind == TensorLoop::Kind::Output && !passes_on && !any([](const Instruction &i) { return i.narrows_half; }))
            complain(Property::Halves, loop, "converts nothing to f16");
    }

    /// Other targets' processors need not have the instruction.
    void check_rounding(const TensorLoop &loop) {
        const bool here = std::any_of(loop.instructions.begin(), loop.instructions.end(),
                                      [](const Instruction &i) { return i.rounds_to_bf16; });
        const bool wanted = vector_facts(kernel_).rounds_to_bf16 && loop.kind == TensorLoop::Kind::Output;
        if (here != wanted) complain(Property::Bf16, loop, here ? "rounds by vcvtne2ps2bf16" : "has no vcvtne2ps2bf16");
    }

    void check_arm(const TensorLoop &loop) {
        const int register_bytes = vector_facts(kernel_).register_bytes;
        struct Moved {
            int bytes = 0, paired = 0;
        };
        std::map<std::pair<nf_role, bool>, Moved> tensors; // loads apart from stores
        int moved = 0;
        for (const LoopAccess &access : loop.accesses) {
            if (access.to != LoopAccess::To::Tensor) continue;
            const Instruction &instruction = loop.at(access);
            const int bytes = instruction.memory.bytes;
            const auto registers = std::count_if(instruction.operands.begin(), instruction.operands.end(),
                                                 [](const auto &operand) { return operand.is_vector(); });
            if (bytes < register_bytes) complain(Property::WholeLoads, loop, instruction.text);
            Moved &tensor = tensors[{access.role, access.store}];
            tensor.bytes += bytes;
            if (registers > 1) tensor.paired += bytes;
            moved += bytes;
        }
        for (const auto &[access, tensor] : tensors)
            if (tensor.bytes > register_bytes && 2 * tensor.paired < tensor.bytes) complain(Property::Pairs, loop, "");
        const double density = moved / static_cast<double>(loop.instructions.size());
        const double least = least_density(static_cast<nf_op>(kernel_.op), loop.kind, static_cast<nf_dtype>(kernel_.dtype));
        if (density < least)
            complain(Property::Density, loop, fmt::format("{:.2f} bytes per instruction, at least {}", density, least));
    }

    /// A tail has the same tensors as the body that it completes.
    void check_element_walk(const TensorLoop &tail) {
        const auto same_tensors = [&](const TensorLoop &loop) {
            const auto roles = [](const std::map<nf_role, int> &bytes) {
                std::set<nf_role> found;
                for (const auto &tensor : bytes) found.insert(tensor.first);
                return found;
            };
            return loop.is_body() && loop.function == tail.function &&
                   roles(loop.tensor_bytes(false)) == roles(tail.tensor_bytes(false)) &&
                   roles(loop.tensor_bytes(true)) == roles(tail.tensor_bytes(true));
        };
        if (std::none_of(loops_.begin(), loops_.end(), same_tensors))
            complain(Property::NoElementWalk, tail, "no loop beside it takes whole vectors of the same tensors");
    }

    void check_stores() {
        if (kernel_.store == NF_STORE_STREAM) {
            for (const TensorLoop &loop : loops_)
                if (loop.is_body() && loop.tensor_stores(false)) complain(Property::StorePolicy, loop, "");
            return;
        }
        for (const TracedFunction &function : functions_)
            for (const Instruction &instruction : function.instructions)
                if (instruction.streams) complain(Property::StorePolicy, function.name + ": " + instruction.text);
    }

    const nf_kernel &kernel_;
    std::vector<TracedFunction> functions_;
    std::vector<TensorLoop> loops_;
    Complaints &complaints_;
};

} // namespace

void check(const CodeFile &file, const nf_kernel &kernel, Complaints &complaints) {
    Auditor(file, kernel, complaints).check();
}

std::set<Property> faults_of(const CodeFile &file, const nf_kernel &kernel) {
    Complaints complaints;
    check(file, kernel, complaints);
    std::set<Property> found;
    for (const auto &complaint : complaints) found.insert(complaint.first);
    return found;
}

} // namespace normforge::audit
