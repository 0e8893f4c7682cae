// SPDX-License-Identifier: MIT
// What the runtime asks the machine: instruction set extensions, the last-level cache, the CPUs this process may use.
#pragma once

#include <cstdint>
#include <string>

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
};

/// The registers from which x86 features are read: CPUID leaf 1, leaf 7 subleaf 0, and XCR0 (0 without OSXSAVE).
struct X86Registers {
    uint32_t leaf1_ecx = 0;
    uint32_t leaf7_ebx = 0;
    uint64_t xcr0 = 0;
};

/// Decodes CpuFeature bits; separate from reading the registers so that other machines can be tested.
uint32_t decode_features(const X86Registers &registers) noexcept;

/// CpuFeature bits of this machine, read once.
uint32_t cpu_features() noexcept;

/// "x86-64", "arm-64" or "unknown": what this library was compiled for.
const char *cpu_architecture() noexcept;

/// Bytes of the last-level cache, read once. A virtual machine may report the whole host's.
int64_t last_level_cache_bytes() noexcept;

/// Whole CPUs that the cgroup quota (v1 or v2) leaves this process, rounded up; 0 without a quota.
/// `root` is put before /proc and /sys, "" for the machine itself.
int cgroup_cpus(const std::string &root);

/// CPUs allowed by affinity and cgroup quota, at least 1. Asked anew at each call.
int allowed_cpus() noexcept;

} // namespace normforge
