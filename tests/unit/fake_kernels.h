// SPDX-License-Identifier: MIT
// Kernels written by hand for tests of the runtime: they have the arguments of compiled ones and compute the same, with
// simple loops in double. Registered once per process as the set "fake", named <op>_<dtype>_<form>_<epilogue>[_<flavour>].
//
// There is one for every op, form and flavour; in f32 with the epilogues none, relu, leaky_relu and silu, each also after
// add; in f64, f16 and bf16 with none and add_relu.
#pragma once

#include "runtime/cpu_features.h"
#include "runtime/plan.h" // for halide_buffer_t
#include <catch2/catch.hpp>
#include <normforge/kernel_table.h>
#include <string>

namespace normforge::unit {

/// Channels of partial results come in whole steps of this.
inline constexpr uint16_t kChannelStep = 16;

/// What the last fake kernel saw of one argument, by role.
struct Seen {
    std::vector<std::pair<int, int>> dimensions; ///< extent, stride
    void *host = nullptr;
    std::vector<double> first; ///< first elements of a channel array, at entry
    double number = 0;         ///< of a scalar
    int bits = 0;
};

extern Seen seen[NF_ROLE_COUNT];

/// Names of the fakes that ran, in order. Tests clear it.
extern std::vector<std::string> fake_runs;

/// Set to make the next runs of fakes return this.
extern int fake_result;

/// Set before register_fakes(): the host's functions as the fakes got them.
extern const nf_kernel_host *fake_host;

/// The target of the fakes, which every machine of this architecture runs, and that of the fake "foreign", which none does.
inline const std::string own_target = cpu_architecture();
inline const std::string foreign_target = own_target == "arm-64" ? "x86-64" : "arm-64";

/// The set of fakes; the same object in every call.
const nf_kernel_table &fake_table();

void register_fakes();

/// Owns a plan that must be good.
class PlanOwner {
public:
    explicit PlanOwner(const nf_description &description) {
        const nf_status status = nf_plan_create(&description, &plan_);
        INFO(nf_last_error());
        REQUIRE(status == NF_SUCCESS);
    }
    ~PlanOwner() { nf_plan_destroy(plan_); }
    PlanOwner(const PlanOwner &) = delete;
    PlanOwner &operator=(const PlanOwner &) = delete;
    const nf_plan *get() const { return plan_; }

private:
    nf_plan *plan_ = nullptr;
};

} // namespace normforge::unit
