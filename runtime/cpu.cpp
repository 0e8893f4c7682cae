// SPDX-License-Identifier: MIT
// Reads CPUID, sysfs and the cgroup files. Everything that decides is a function of what was read, so that tests can feed
// it.
#include "runtime/cpu.h"
#include "runtime/text.h"
#include <algorithm>
#include <sched.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace normforge {
namespace {

// Intel SDM volume 2, CPUID, and volume 1, section 13.3 (XCR0).
constexpr uint32_t kLeaf1Fma = 1u << 12, kLeaf1Sse41 = 1u << 19, kLeaf1Osxsave = 1u << 27, kLeaf1F16c = 1u << 29;
constexpr uint32_t kLeaf7Avx2 = 1u << 5, kLeaf7Avx512f = 1u << 16, kLeaf7Avx512dq = 1u << 17, kLeaf7Avx512cd = 1u << 28,
                   kLeaf7Avx512bw = 1u << 30, kLeaf7Avx512vl = 1u << 31;
constexpr uint64_t kXcr0Ymm = 0x06; // XMM and upper halves of YMM
constexpr uint64_t kXcr0Zmm = 0xe6; // the same, opmask, upper halves of ZMM0-15, ZMM16-31

// Taken where the machine does not say: small enough to be right about streaming on most machines.
constexpr int64_t kAssumedCacheBytes = int64_t{8} << 20;

#if defined(__x86_64__)
X86Registers read_registers() noexcept {
    X86Registers registers;
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (__get_cpuid(1, &eax, &ebx, &ecx, &edx)) registers.leaf1_ecx = ecx;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) registers.leaf7_ebx = ebx;
    if (registers.leaf1_ecx & kLeaf1Osxsave) {
        // The instruction itself: the intrinsic would need this file compiled with -mxsave.
        uint32_t low = 0, high = 0;
        __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
        registers.xcr0 = uint64_t{high} << 32 | low;
    }
    return registers;
}
#else
X86Registers read_registers() noexcept {
    return {};
}
#endif

/// The largest cache of CPU 0 in sysfs, where sizes read "32768K"; 0 if there is none.
int64_t sysfs_cache_bytes() {
    int64_t bytes = 0;
    for (int index = 0; index < 8; ++index) {
        const auto size = read_text("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index) + "/size");
        if (!size) break;
        int64_t number = 0;
        const char *end = read_number(*size, number);
        if (!end) continue;
        bytes = std::max(bytes, *end == 'M' ? number << 20 : *end == 'K' ? number << 10 : number);
    }
    return bytes;
}

int64_t sysconf_cache_bytes() noexcept {
    for (int name : {_SC_LEVEL4_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL2_CACHE_SIZE})
        if (const long bytes = sysconf(name); bytes > 0) return bytes;
    return kAssumedCacheBytes;
}

int64_t read_cache_bytes() noexcept {
    try {
        const int64_t bytes = sysfs_cache_bytes();
        return bytes > 0 ? bytes : sysconf_cache_bytes();
    } catch (...) {
        return sysconf_cache_bytes(); // which needs no memory for a path
    }
}

/// Whole CPUs in "quota period", both in microseconds; 0 if there is no quota ("max", -1) or the text is something else.
int quota_cpus(const std::string &text) {
    int64_t quota = 0, period = 0;
    const char *end = read_number(text, quota);
    if (!end || quota <= 0 || !read_number(end, period) || period <= 0) return 0;
    return static_cast<int>(std::min<int64_t>((quota + period - 1) / period, 1 << 20));
}

/// Smallest quota of a group and all groups above it; `read` gives "quota period" of one directory.
template <class Read>
int smallest_quota(std::string group, const Read &read) {
    int cpus = 0;
    for (;;) {
        if (const int here = read(group); here > 0) cpus = cpus ? std::min(cpus, here) : here;
        if (group.empty()) return cpus;
        group.erase(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
}

} // namespace

uint32_t decode_features(const X86Registers &registers) noexcept {
    struct Row {
        CpuFeature feature;
        uint32_t leaf1, leaf7;
        uint64_t xcr0;
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
    };
    uint32_t features = 0;
    for (const Row &row : kRows)
        if ((registers.leaf1_ecx & row.leaf1) == row.leaf1 && (registers.leaf7_ebx & row.leaf7) == row.leaf7 &&
            (registers.xcr0 & row.xcr0) == row.xcr0)
            features |= row.feature;
    return features;
}

uint32_t cpu_features() noexcept {
    static const uint32_t features = decode_features(read_registers());
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

int64_t last_level_cache_bytes() noexcept {
    static const int64_t bytes = read_cache_bytes();
    return bytes;
}

int cgroup_cpus(const std::string &root) {
    // Lines of /proc/self/cgroup: "0::/path" (v2), "4:cpu,cpuacct:/path" (v1). Inside a container the path may not be
    // visible below /sys/fs/cgroup; the walk up then ends at the container's own root group, which is.
    const auto groups = read_text(root + "/proc/self/cgroup");
    if (!groups) return 0;
    int cpus = 0;
    const auto take = [&](int found) {
        if (found > 0) cpus = cpus ? std::min(cpus, found) : found;
    };
    for (size_t at = 0; at < groups->size();) {
        const size_t end = std::min(groups->find('\n', at), groups->size());
        const std::string line = groups->substr(at, end - at);
        at = end + 1;
        const size_t first = line.find(':'), second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
        const std::string path = line.substr(second + 1) == "/" ? "" : line.substr(second + 1);
        if (controllers == ",,")
            take(smallest_quota(path, [&](const std::string &group) {
                return quota_cpus(
                    read_text(std::string(root).append("/sys/fs/cgroup").append(group).append("/cpu.max")).value_or(""));
            }));
        else if (controllers.find(",cpu,") != std::string::npos)
            take(smallest_quota(path, [&](const std::string &group) {
                const std::string directory = std::string(root).append("/sys/fs/cgroup/cpu").append(group);
                return quota_cpus(read_text(directory + "/cpu.cfs_quota_us").value_or("") + " " +
                                  read_text(directory + "/cpu.cfs_period_us").value_or(""));
            }));
    }
    return cpus;
}

int allowed_cpus() noexcept {
    int cpus = 0;
    // The kernel refuses a set smaller than its own; machines above 1024 CPUs need a longer one than cpu_set_t.
    for (int size = CPU_SETSIZE; cpus == 0 && size <= (CPU_SETSIZE << 6); size *= 2)
        if (cpu_set_t *set = CPU_ALLOC(size)) {
            if (sched_getaffinity(0, CPU_ALLOC_SIZE(size), set) == 0) cpus = CPU_COUNT_S(CPU_ALLOC_SIZE(size), set);
            CPU_FREE(set);
        }
    if (cpus == 0) cpus = static_cast<int>(std::max<long>(sysconf(_SC_NPROCESSORS_ONLN), 1));
    try {
        const int quota = cgroup_cpus("");
        return quota > 0 ? std::min(cpus, quota) : cpus;
    } catch (...) {
        return cpus; // no memory for a path: the affinity alone
    }
}

} // namespace normforge
