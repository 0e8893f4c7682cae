// SPDX-License-Identifier: MIT
// One row per target that has a schedule.
#include "generators/tuning/targets.h"

#include <stdexcept>

namespace normforge {

const std::vector<CompileTarget> &compile_targets() {
    constexpr const char *kAvx512 = "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake";
    constexpr TargetFacts kAvx512Facts = {64, 32, true, true};
    static const std::vector<CompileTarget> targets = {
        // Halide need not know of the instruction, see emit/bf16_rounding.h.
        {"x86-64-avx512-bf16", kAvx512, kAvx512Facts, "x86-64-avx512"},
        {"x86-64-avx512", kAvx512, kAvx512Facts},
        {"x86-64-avx2", "x86-64-linux-sse41-avx-f16c-fma-avx2", {32, 16, true, true}},
        {"x86-64", "x86-64-linux-sse41", {16, 16, false, false}},
        // arm_fp16 is for the conversions alone, see emit/object_file.cpp.
        {"arm-64", "arm-64-linux-arm_fp16", {16, 32, false, false, true}},
        {"cuda-80", "x86-64-linux-sse41-cuda-cuda_capability_80", {16, 64, false, true, false, Gpu::Cuda}},
        {"opencl", "x86-64-linux-sse41-opencl-cl_doubles", {16, 64, false, true, false, Gpu::OpenCl}},
    };
    return targets;
}

const CompileTarget &compile_target(const std::string &name) {
    std::string names;
    for (const CompileTarget &target : compile_targets()) {
        if (name == target.name) return target;
        names += std::string(names.empty() ? "" : ", ") + target.name;
    }
    throw std::invalid_argument("no schedule for target '" + name + "', expected one of: " + names);
}

std::string family_of(const std::string &name) {
    const CompileTarget &target = compile_target(name);
    return target.base ? target.base : target.name;
}

} // namespace normforge
