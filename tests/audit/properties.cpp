// SPDX-License-Identifier: MIT
// One function per property.
#include "tests/audit/properties.h"

#include "runtime/operands.h"
#include "runtime/ops.h"
#include "tools/normforge/asm/listing.h"

#include <algorithm>
#include <set>

namespace normforge::audit {

using namespace assembly;

namespace {

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
        for (const TensorLoop &loop : loops_) {
            check_understood(loop);
            if (loop.is_body())
                check_width(loop);
            else
                check_element_walk(loop);
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

    void check_gathers() {
        for (const TracedFunction &function : functions_)
            for (const Instruction &instruction : function.instructions)
                if (instruction.gathers()) complain(Property::NoGathers, function.name + ": " + instruction.text);
    }

    void check_understood(const TensorLoop &loop) {
        for (const LoopAccess &access : loop.accesses)
            if (access.to == LoopAccess::To::Unknown) complain(Property::Understood, loop, loop.at(access).text);
    }

    void check_width(const TensorLoop &loop) {
        for (const Instruction &instruction : loop.instructions) {
            const bool narrow =
                instruction.is_packed_arithmetic() && instruction.vector_bytes() < vector_facts(kernel_).register_bytes;
            if (narrow || instruction.is_scalar_arithmetic()) complain(Property::Width, loop, instruction.text);
        }
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
                if (instruction.streams()) complain(Property::StorePolicy, function.name + ": " + instruction.text);
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

} // namespace normforge::audit
