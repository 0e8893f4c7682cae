// SPDX-License-Identifier: MIT
// dgamma and dbeta from the two sums of a channel: what backward and backward_merge share.
#pragma once

#include <Halide.h>

#include <string>
#include <vector>

namespace normforge {

/// The caller's array `name`: replaced by `value` (float64), or `value` added to it if `add` is 1; rounded once.
Halide::Func parameter_gradient(const std::string &name, const std::vector<Halide::Var> &channel, Halide::Type type,
                                const Halide::Expr &add, const Halide::Expr &value);

/// dgamma = invstd * sum(dz * (x - mean)), dbeta = sum(dz); float64.
Halide::Expr dgamma_of(const Halide::Expr &invstd, const Halide::Expr &sum_dz_centred);

} // namespace normforge
