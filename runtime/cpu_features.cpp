// SPDX-License-Identifier: MIT
// Reads CPUID, or the auxiliary vector. What decides is a function of what was read, so that tests can feed it.
#include "runtime/cpu_features.h"
#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace normforge {
namespace {

// Intel SDM volume 2, CPUID, and volume 1, section 13.3 (XCR0).
constexpr uint32_t kLeaf1Fma = 1u << 12, kLeaf1Sse41 = 1u << 19, kLeaf1Osxsave = 1u << 27, kLeaf1F16c = 1u << 29;
constexpr uint32_t kLeaf7Avx2 = 1u << 5, kLeaf7Avx512f = 1u << 16, kLeaf7Avx512dq = 1u << 17, kLeaf7Avx512cd = 1u << 28,
                   kLeaf7Avx512bw = 1u << 30, kLeaf7Avx512vl = 1u << 31;
constexpr uint32_t kLeaf7Subleaf1Avx512Bf16 = 1u << 5;
constexpr uint64_t kXcr0Ymm = 0x06; // XMM and upper halves of YMM
constexpr uint64_t kXcr0Zmm = 0xe6; // the same, opmask, upper halves of ZMM0-15, ZMM16-31

// Linux, arch/arm64/include/uapi/asm/hwcap.h, spelled out for compilers of other architectures.
constexpr uint64_t kHwcapAsimd = 1u << 1;

#if defined(__x86_64__)
X86Registers read_machine() noexcept {
    X86Registers registers;
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) registers.leaf1_ecx = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) registers.leaf7_ebx = ebx;
    if (__get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx)) registers.leaf7_1_eax = eax;
    if (registers.leaf1_ecx & kLeaf1Osxsave) {
        // The instruction itself: the intrinsic would need this file compiled with -mxsave.
        uint32_t low = 0, high = 0;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        registers.xcr0 = uint64_t{high} << 32 | low;
    }
    return registers;
}
#elif defined(__aarch64__)
ArmCapabilities read_machine() noexcept {
    return {getauxval(AT_HWCAP)};
}
#else
X86Registers read_machine() noexcept {
    return {};
}
#endif

} // namespace

uint32_t decode_features(const X86Registers &registers) noexcept {
    struct Row {
        CpuFeature feature;
        uint32_t leaf1, leaf7;
        uint64_t xcr0;
        uint32_t leaf7_1 = 0;
    };
    static constexpr Row kRows[] = {
        {kSse41, kLeaf1Sse41, 0, 0},
        {kAvx2, 0, kLeaf7Avx2, kXcr0Ymm},
        {kFma, kLeaf1Fma, 0, kXcr0Ymm},
        {kF16c, kLeaf1F16c, 0, kXcr0Ymm},
        {kAvx512f, 0, kLeaf7Avx512f, kXcr0Zmm},
        {kAvx512bw, 0, kLeaf7Avx512bw, kXcr0Zmm},
        {kAvx512vl, 0, kLeaf7Avx512vl, kXcr0Zmm},
        {kAvx512dq, 0, kLeaf7Avx512dq, kXcr0Zmm},
        {kAvx512cd, 0, kLeaf7Avx512cd, kXcr0Zmm},
        {kAvx512Bf16, 0, 0, kXcr0Zmm, kLeaf7Subleaf1Avx512Bf16},
    };
    uint32_t features = 0;
    for (const Row &row : kRows)
        if ((registers.leaf1_ecx & row.leaf1) == row.leaf1 && (registers.leaf7_ebx & row.leaf7) == row.leaf7 &&
            (registers.xcr0 & row.xcr0) == row.xcr0 && (registers.leaf7_1_eax & row.leaf7_1) == row.leaf7_1)
            features |= row.feature;
    return features;
}

uint32_t decode_features(const ArmCapabilities &capabilities) noexcept {
    return capabilities.hwcap & kHwcapAsimd ? uint32_t{kNeon} : 0u;
}

uint32_t cpu_features() noexcept {
    static const uint32_t features = decode_features(read_machine());
    return features;
}

const char *cpu_architecture() noexcept {
#if defined(__x86_64__)
    return "x86-64";
#elif defined(__aarch64__)
    return "arm-64";
#else
    return "unknown";
#endif
}

} // namespace normforge
