// SPDX-License-Identifier: MIT
// THE table of targets, best first: the strings of CMake, symbols, JSON, documentation and error texts. The compiler tool
// adds its own column (Halide features) by name.
#pragma once

#include "runtime/cpu_features.h"
#include <normforge/normforge.h>
#include <string>
#include <string_view>

namespace normforge {

struct Target {
    const char *name;
    const char *architecture; ///< as cpu_architecture() says
    uint32_t features;        ///< CpuFeature bits that the CPU must have
    nf_device device;         ///< what runs the kernels
};

inline constexpr uint32_t kAvx2Level = kSse41 | kAvx2 | kFma | kF16c;
inline constexpr uint32_t kAvx512Level = kAvx2Level | kAvx512f | kAvx512bw | kAvx512vl | kAvx512dq | kAvx512cd;

inline constexpr Target kTargets[] = {
    {"x86-64-avx512-bf16", "x86-64", kAvx512Level | kAvx512Bf16, NF_DEVICE_CPU},
    {"x86-64-avx512", "x86-64", kAvx512Level, NF_DEVICE_CPU},
    {"x86-64-avx2", "x86-64", kAvx2Level, NF_DEVICE_CPU},
    {"x86-64", "x86-64", kSse41, NF_DEVICE_CPU},
    {"arm-64", "arm-64", kNeon, NF_DEVICE_CPU},
    {"cuda-80", "x86-64", kSse41, NF_DEVICE_CUDA},
    {"opencl", "x86-64", kSse41, NF_DEVICE_OPENCL},
};

/// The target with this name, null if there is none.
const Target *find_target(std::string_view name) noexcept;

/// Whether this machine can run code for the target.
bool target_usable(const Target &target) noexcept;

/// All names, separated by ", ", for texts that list the choices.
std::string target_choices();

} // namespace normforge
