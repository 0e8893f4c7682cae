// SPDX-License-Identifier: MIT
// From our target table to Halide's targets and back.
#include "generators/schedule/halide_target.h"

#include <stdexcept>

namespace normforge {

using Halide::Target;

Target halide_target(const CompileTarget &target) {
    // The plan has validated every argument: the kernel's own checks would be 7 of 10 KB of code.
    Target halide(target.halide);
    halide.set_features({Target::StrictFloat, Target::NoRuntime, Target::NoAsserts, Target::NoBoundsQuery});
    return halide;
}

TargetFacts target_facts(const Target &target) {
    for (const CompileTarget &candidate : compile_targets()) {
        Target needed(candidate.halide);
        // A GPU's host part would do for a CPU, too.
        bool fits =
            needed.arch == target.arch && needed.bits == target.bits && needed.has_gpu_feature() == target.has_gpu_feature();
        for (int i = 0; i < Target::FeatureEnd; i++) {
            auto feature = static_cast<Target::Feature>(i);
            fits = fits && (target.has_feature(feature) || !needed.has_feature(feature));
        }
        if (fits) return candidate.facts;
    }
    throw std::invalid_argument("no schedule for the Halide target " + target.to_string());
}

} // namespace normforge
