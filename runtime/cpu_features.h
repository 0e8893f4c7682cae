// SPDX-License-Identifier: MIT
// The instruction set of this machine: architecture and extensions.
#pragma once

#include <cstdint>

namespace normforge {

/// Extensions that targets require, as bits. An extension counts only if the operating system saves its registers.
enum CpuFeature : uint32_t {
    kSse41 = 1u << 0,
    kAvx2 = 1u << 1,
    kFma = 1u << 2,
    kF16c = 1u << 3,
    kAvx512f = 1u << 4,
    kAvx512bw = 1u << 5,
    kAvx512vl = 1u << 6,
    kAvx512dq = 1u << 7,
    kAvx512cd = 1u << 8,
    kNeon = 1u << 9,
    kAvx512Bf16 = 1u << 10,
};

/// The registers from which x86 features are read: CPUID leaf 1, leaf 7 with subleaves 0 and 1, and XCR0 (0 without
/// OSXSAVE).
struct X86Registers {
    uint32_t leaf1_ecx = 0;
    uint32_t leaf7_ebx = 0;
    uint32_t leaf7_1_eax = 0;
    uint64_t xcr0 = 0;
};

/// What Linux tells an aarch64 program: AT_HWCAP of the auxiliary vector. It holds only what every core of the machine has.
struct ArmCapabilities {
    uint64_t hwcap = 0;
};

/// Decodes CpuFeature bits; separate from reading the registers so that other machines can be tested.
uint32_t decode_features(const X86Registers &registers) noexcept;
uint32_t decode_features(const ArmCapabilities &capabilities) noexcept;

/// CpuFeature bits of this machine, read once.
uint32_t cpu_features() noexcept;

/// "x86-64", "arm-64" or "unknown": what this library was compiled for. An architecture's lowest target, which all its
/// machines are expected to run, has the same name (runtime/targets.h).
const char *cpu_architecture() noexcept;

} // namespace normforge
