// SPDX-License-Identifier: MIT
// normforge's kernels for CUDA as a competitor.
#pragma once

#include "tools/gpu_check/operands.h"

namespace normforge::gpu_check {

class Ours final : public Competitor {
public:
    /// Throws NotOffered if no registered kernel serves the problem, std::runtime_error for other failures. Of backward,
    /// runs forward first: for the saved statistics and for the y from which the derivative is taken.
    explicit Ours(const Operands &operands);
    ~Ours() override;

    void run() override;
    std::vector<Output> outputs() const override { return operands_.outputs(); }
    std::string variant() const { return nf_plan_variant(plan_); }

    /// Per channel, on the device: of backward, what forward saved.
    void *saved_mean() const { return mean_.pointer(); }
    void *saved_invstd() const { return invstd_.pointer(); }

private:
    void run_forward();

    const Operands &operands_;
    nf_plan *plan_ = nullptr;
    nf_tensors tensors_{};
    std::vector<Memory> own_; ///< workspace, y in backward
    Memory mean_, invstd_;
};

} // namespace normforge::gpu_check
