// SPDX-License-Identifier: MIT
// See steps.h.
#include "tests/support/steps.h"

#include "runtime/ops.h"

namespace normforge::testing {

namespace {

/// The steps of one plan, all with the same form.
class Composition {
public:
    Composition(const nf_description &description, nf_form form) : d_(description), form_(form) {
        if (d_.op == NF_BACKWARD_TRAIN || d_.op == NF_BACKWARD_FROZEN)
            add_backward();
        else if (asks_for_something())
            add(kernel_op(d_.op), written_tensor(d_));
    }

    std::vector<Step> steps;

private:
    bool wanted(const char *name) const { return is_written(operand(name), d_); }

    /// backward_apply and backward_residual may have nothing to do; backward_merge still merges.
    bool asks_for_something() const {
        return (d_.op != NF_BACKWARD_APPLY || wanted("dx")) && (d_.op != NF_BACKWARD_RESIDUAL || wanted("dresidual"));
    }

    /// Of relu and relu6 dz is dy or 0, which every type holds; without an activation it is dy.
    bool dresidual_holds_dz() const {
        const bool whole = d_.op == NF_BACKWARD_TRAIN || d_.op == NF_BACKWARD_FROZEN;
        return whole && d_.dresidual_gradient == NF_GRADIENT_WRITE &&
               (d_.epilogue == NF_EPILOGUE_ADD || d_.epilogue == NF_EPILOGUE_ADD_RELU ||
                d_.epilogue == NF_EPILOGUE_ADD_RELU6);
    }

    void add(nf_op op, const OperandRow *output, bool frozen = false) {
        const bool adds = output && output->gradient && access_of(*output, d_) == Access::update;
        steps.push_back({op, form_, output, adds, frozen, op != NF_BACKWARD_RESIDUAL && dresidual_holds_dz()});
    }

    void add_backward() {
        const bool frozen = d_.op == NF_BACKWARD_FROZEN, dx = wanted("dx"), adds_dx = d_.dx_gradient == NF_GRADIENT_ADD;
        const bool sums = wanted("dgamma") || wanted("dbeta");
        if (wanted("dresidual")) add(NF_BACKWARD_RESIDUAL, &operand("dresidual")); // first: dx may be dy
        if (dx && !adds_dx && (sums || !frozen)) {
            add(d_.op, &operand("dx"));
            return;
        }
        if (sums || (dx && !frozen)) add(NF_BACKWARD_REDUCE, nullptr);
        if (sums) add(NF_BACKWARD_MERGE, nullptr);
        if (dx) add(NF_BACKWARD_APPLY, &operand("dx"), frozen);
    }

    const nf_description &d_;
    nf_form form_;
};

} // namespace

std::vector<Step> steps_of(const Problem &problem) {
    const nf_description &d = problem.description;
    if (is_empty(problem)) return {};
    const auto form = has_form(d.op) ? form_of(tensors_of(d)) : NF_FORM_INNER;
    return form ? Composition(d, *form).steps : std::vector<Step>();
}

} // namespace normforge::testing
