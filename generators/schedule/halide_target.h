// SPDX-License-Identifier: MIT
// normforge's targets as Halide's.
#pragma once

#include "generators/tuning/targets.h"

#include <Halide.h>

namespace normforge {

/// The Halide target of one of ours: strict, without Halide's runtime and without the kernel's own checks.
Halide::Target halide_target(const CompileTarget &target);

/// Facts of any Halide target: those of the best of our targets whose features it has. Throws std::invalid_argument if there
/// is none.
TargetFacts target_facts(const Halide::Target &target);

} // namespace normforge
