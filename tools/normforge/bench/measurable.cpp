// SPDX-License-Identifier: MIT
// What the benchmark's operands do not have.
#include "tools/normforge/bench/measurable.h"

#include <fmt/format.h>
#include <stdexcept>

namespace normforge::bench {

void require_measurable(const Problem &problem) {
    const nf_description &d = problem.description;
    const bool writes_all = d.dx_gradient == NF_GRADIENT_WRITE && d.dgamma_gradient == NF_GRADIENT_WRITE &&
                            d.dbeta_gradient == NF_GRADIENT_WRITE && d.dresidual_gradient != NF_GRADIENT_ADD;
    if (d.op <= NF_BACKWARD_FROZEN && writes_all && !problem.in_place && d.statistics == NF_CHANNEL_DEFAULT) return;
    throw std::runtime_error(
        fmt::format("{}: only whole ops are measured, not in place, with dx, dgamma and dbeta written, with "
                    "default statistics",
                    to_string(problem)));
}

} // namespace normforge::bench
