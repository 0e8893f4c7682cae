// SPDX-License-Identifier: MIT
// Reads sysfs: /sys/devices/system/cpu/cpu<N>/cache/index<I>/ has the files level, type and size for each cache of a CPU.
#include "runtime/cpu_caches.h"
#include "runtime/allowed_cpus.h"
#include "runtime/text.h"
#include <algorithm>
#include <unistd.h>

namespace normforge {
namespace {

// Taken where the machine does not say: small enough to be right about streaming on most machines.
constexpr int64_t kAssumedCacheBytes = int64_t{8} << 20;

// Caches that sysfs lists for one CPU: two of the first level and one of each other make four on most machines.
constexpr int kMostCaches = 8;

/// Bytes of a text like "32768K"; 0 if it is something else.
int64_t size_in(const std::string &text) {
    int64_t number = 0;
    const char *end = read_number(text, number);
    if (!end || number <= 0 || number > INT32_MAX) return 0;
    switch (*end) {
    case 'M': return number << 20;
    case 'K': return number << 10;
    case '\n':
    case '\0': return number;
    default: return 0;
    }
}

/// One cache from its directory: 0 if it holds no data, or is of the first level. Device trees that describe only that one
/// leave the question open: every core that runs Linux on more than one has a second.
int64_t cache_bytes(const std::string &directory) {
    const auto size = read_text(directory + "/size");
    if (!size) return 0;
    int64_t level = 0;
    if (!read_number(read_text(directory + "/level").value_or(""), level) || level < 2) return 0;
    const auto type = read_text(directory + "/type");
    return type && type->rfind("Instruction", 0) != 0 ? size_in(*size) : 0;
}

int64_t last_level_cache_of(const std::string &root, int cpu) {
    const std::string caches = root + "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index";
    int64_t bytes = 0;
    for (int index = 0; index < kMostCaches; ++index) bytes = std::max(bytes, cache_bytes(caches + std::to_string(index)));
    return bytes;
}

int64_t sysconf_cache_bytes() noexcept {
    for (int name : {_SC_LEVEL4_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE, _SC_LEVEL2_CACHE_SIZE})
        if (const long bytes = sysconf(name); bytes > 0) return bytes;
    return kAssumedCacheBytes;
}

int64_t read_cache_bytes() noexcept {
    try {
        const int64_t bytes = smallest_last_level_cache("", affinity_cpus());
        return bytes > 0 ? bytes : sysconf_cache_bytes();
    } catch (...) {
        return sysconf_cache_bytes(); // which needs no memory for a path
    }
}

} // namespace

int64_t smallest_last_level_cache(const std::string &root, const std::vector<int> &cpus) {
    int64_t smallest = 0;
    for (const int cpu : cpus)
        if (const int64_t bytes = last_level_cache_of(root, cpu); bytes > 0)
            smallest = smallest ? std::min(smallest, bytes) : bytes;
    return smallest;
}

int64_t last_level_cache_bytes() noexcept {
    static const int64_t bytes = read_cache_bytes();
    return bytes;
}

} // namespace normforge
