// SPDX-License-Identifier: MIT
// Kernels written by hand for tests of the runtime: they look like compiled ones, take arguments through the same interface,
// and compute something simple enough to check. Registered once per process as the set "fake".
#pragma once

#include "runtime/plan.h" // for halide_buffer_t
#include <catch2/catch.hpp>
#include <normforge/kernel_table.h>

namespace normforge::unit {

/// Channels of partial results come in whole steps of this.
inline constexpr uint16_t kChannelStep = 16;

/// What the last fake kernel saw of one argument, by role.
struct Seen {
    std::vector<std::pair<int, int>> dimensions; ///< extent, stride; for `chunks` its value
    void *host = nullptr;
    std::vector<float> first; ///< first elements of a channel array, at entry
    int bits = 0;
};

extern Seen seen[NF_ROLE_COUNT];

/// Set to make the next runs of fakes return this.
extern int fake_result;

/// Set before register_fakes(): the host's functions as the fakes got them.
extern const nf_kernel_host *fake_host;

extern const nf_kernel_table fake_table;

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
