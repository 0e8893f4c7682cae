// SPDX-License-Identifier: MIT
// The bound operator of the public mxnet_v1.h: mxnet_v1_bind.cpp makes it, mxnet_v1.cpp runs it.
#pragma once

#include "runtime/error.h"
#include <memory>
#include <normforge/mxnet_v1.h>

namespace normforge::facade {

struct DestroyPlan {
    void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
};
using PlanPointer = std::unique_ptr<nf_plan, DestroyPlan>;

/// What a function of the C contract returned, with the text that goes with it.
inline Status status_of(nf_status code) {
    return code == NF_SUCCESS ? Status() : Status(code, nf_last_error());
}

inline Status check_flag(const char *name, int32_t value) {
    if (value == 0 || value == 1) return {};
    return {NF_INVALID_ARGUMENT, std::string(name) + " is " + std::to_string(value) + ", expected 0 or 1"};
}

} // namespace normforge::facade

struct nf_mxnet_v1 {
    nf_mxnet_v1_params params{};
    int64_t elements = 1, channels = 0;
    normforge::facade::PlanPointer forward_train, stats, merge, backward_train; ///< of batch mode
    normforge::facade::PlanPointer forward_inference, backward_frozen;          ///< of global mode
    size_t scratch_offset = 0; ///< in the workspace, behind that of the plans: y to be added, a triple, or invstd
    size_t workspace_size = 0;
};
