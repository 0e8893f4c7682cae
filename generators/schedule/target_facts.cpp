// SPDX-License-Identifier: MIT
// One line per target: its name and its Halide features.
#include "generators/schedule/target_facts.h"

#include <stdexcept>

namespace normforge {

using Halide::Target;

namespace {

struct HalideTarget {
    const char *name;
    const char *halide;
};

constexpr HalideTarget kHalideTargets[] = {
    {"x86-64-avx512", "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake"},
    {"x86-64-avx2", "x86-64-linux-sse41-avx-f16c-fma-avx2"},
    {"x86-64", "x86-64-linux-sse41"},
};

} // namespace

TargetFacts target_facts(const Target &target) {
    bool avx512 = target.has_feature(Target::AVX512);
    return {target.natural_vector_size<uint8_t>(), avx512 ? 32 : 16};
}

Target halide_target(const std::string &name) {
    std::string names;
    for (const HalideTarget &entry : kHalideTargets) {
        if (name == entry.name) {
            Target target(entry.halide);
            // The plan has validated every argument: the kernel's own checks would be 7 of 10 KB of code.
            target.set_features({Target::StrictFloat, Target::NoRuntime, Target::NoAsserts, Target::NoBoundsQuery});
            return target;
        }
        names += std::string(names.empty() ? "" : ", ") + entry.name;
    }
    throw std::invalid_argument("no schedule for target '" + name + "', expected one of: " + names);
}

} // namespace normforge
