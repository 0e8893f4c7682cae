// SPDX-License-Identifier: MIT
// One row per target that has a schedule.
#include "generators/tuning/targets.h"

#include <stdexcept>

namespace normforge {

const std::vector<CompileTarget> &compile_targets() {
    static const std::vector<CompileTarget> targets = {
        // Halide needs not know of the instruction, see emit/bf16_rounding.h.
        {"x86-64-avx512-bf16",
         "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake",
         {64, 32, true, true, false, true},
         "x86-64-avx512"},
        {"x86-64-avx512", "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake", {64, 32, true, true}},
        {"x86-64-avx2", "x86-64-linux-sse41-avx-f16c-fma-avx2", {32, 16, true, true}},
        {"x86-64", "x86-64-linux-sse41", {16, 16, false, false}},
        // arm_fp16 is for the conversions alone, see emit/object_file.cpp.
        {"arm-64", "arm-64-linux-arm_fp16", {16, 32, false, false, true}},
    };
    return targets;
}

std::string base_target(const std::string &name) {
    const char *base = compile_target(name).base;
    return base ? base : "";
}

const CompileTarget &compile_target(const std::string &name) {
    std::string names;
    for (const CompileTarget &target : compile_targets()) {
        if (name == target.name) return target;
        names += std::string(names.empty() ? "" : ", ") + target.name;
    }
    throw std::invalid_argument("no schedule for target '" + name + "', expected one of: " + names);
}

} // namespace normforge
