// SPDX-License-Identifier: MIT
// One row per target that has a schedule.
#include "generators/tuning/targets.h"

#include <stdexcept>

namespace normforge {

const std::vector<CompileTarget> &compile_targets() {
    static const std::vector<CompileTarget> targets = {
        {"x86-64-avx512", "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake", {64, 32, true, true}},
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

} // namespace normforge
