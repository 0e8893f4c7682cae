// SPDX-License-Identifier: MIT
// normforge itself as a competitor: one plan, executed through the public C API with every operand that training uses.
#include "tools/normforge/bench/competitor.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

namespace {

class Ours final : public Competitor {
public:
    Ours(const Problem &problem, const Operands &operands, int threads, const std::string &name)
        : Competitor(name), operands_(operands), channels_(operands.geometry().channels()), plan_(nullptr, nf_plan_destroy) {
        nf_description description = problem.description;
        description.threads = threads;
        nf_plan *created = nullptr;
        if (nf_plan_create(&description, &created) != NF_SUCCESS) throw std::runtime_error(nf_last_error());
        plan_.reset(created);
        workspace_ = Buffer(nf_plan_workspace_size(created));
        nf_tensors_init(&tensors_);
        set_channels();
        run(0); // so that implementation() knows which variant runs, and an unsuitable operand shows before timing
        implementation_ = nf_last_variant();
    }

    std::string implementation() const override { return implementation_; }

    void run(size_t slot) override {
        const Slot tensors = operands_.slot(slot);
        tensors_.x = tensors.x;
        tensors_.residual = tensors.residual;
        tensors_.y = tensors.y;
        tensors_.dy = tensors.dy;
        tensors_.dx = tensors.dx;
        tensors_.dresidual = tensors.dresidual;
        if (nf_plan_execute(plan_.get(), &tensors_) != NF_SUCCESS) throw std::runtime_error(nf_last_error());
    }

private:
    nf_channels channels(const Buffer &buffer) const { return {buffer.data(), channels_}; }

    /// Operands that the op ignores may be given all the same, except that saved statistics change direction.
    void set_channels() {
        const bool backward = operands_.geometry().backward;
        tensors_.gamma = channels(operands_.gamma);
        tensors_.beta = channels(operands_.beta);
        tensors_.saved_mean = channels(backward ? operands_.mean : operands_.saved_mean);
        tensors_.saved_variance = channels(backward ? operands_.variance : operands_.saved_variance);
        tensors_.saved_invstd = channels(backward ? operands_.invstd : operands_.saved_invstd);
        tensors_.running_mean = channels(operands_.running_mean);
        tensors_.running_variance = channels(operands_.running_variance);
        tensors_.dgamma = channels(operands_.dgamma);
        tensors_.dbeta = channels(operands_.dbeta);
        tensors_.workspace = workspace_.data();
        tensors_.workspace_size = workspace_.size();
    }

    const Operands &operands_;
    int64_t channels_;
    std::unique_ptr<nf_plan, decltype(&nf_plan_destroy)> plan_;
    Buffer workspace_;
    nf_tensors tensors_{};
    std::string implementation_;
};

} // namespace

std::unique_ptr<Competitor> make_ours(const Problem &problem, const Operands &operands, int threads,
                                      const std::string &name) {
    return std::make_unique<Ours>(problem, operands, threads, name);
}

} // namespace normforge::bench
