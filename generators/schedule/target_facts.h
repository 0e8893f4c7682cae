// SPDX-License-Identifier: MIT
// What schedules need to know of a target, and how Halide spells it. The names are those of runtime/targets.h.
#pragma once

#include "generators/tuning/parameters.h"

#include <Halide.h>

#include <string>

namespace normforge {

/// Register width and count of a Halide target.
TargetFacts target_facts(const Halide::Target &target);

/// The Halide target of one of normforge's targets, strict and without Halide's runtime. Throws std::invalid_argument for a
/// name that no schedule serves, listing those that are.
Halide::Target halide_target(const std::string &name);

} // namespace normforge
