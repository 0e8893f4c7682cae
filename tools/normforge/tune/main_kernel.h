// SPDX-License-Identifier: MIT
// The kernel that tuning a problem is about.
#pragma once

#include "generators/tuning/space.h"
#include "runtime/problem.h"

#include <string>

namespace normforge {

/// The kernel that nf_plan_variant() names, in the store policy that dispatch chooses by size.
struct MainKernel {
    VariantName specialised; ///< for the problem's shape
    bool can_stream;

    Space space() const { return Space(specialised, can_stream, specialised.store); }

    /// The one that a kernel set holds for every shape: what runs untuned.
    std::string default_symbol() const;
};

/// Throws std::runtime_error that says why a problem has no kernel of its own.
MainKernel main_kernel(const Problem &problem, const std::string &target);

} // namespace normforge
