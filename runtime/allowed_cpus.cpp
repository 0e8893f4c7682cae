// SPDX-License-Identifier: MIT
// Reads the affinity mask and the cgroup files.
#include "runtime/allowed_cpus.h"
#include "runtime/text.h"
#include <algorithm>
#include <memory>
#include <numeric>
#include <sched.h>
#include <unistd.h>

namespace normforge {
namespace {

int online_cpus() noexcept {
    return static_cast<int>(std::max<long>(sysconf(_SC_NPROCESSORS_ONLN), 1));
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

std::vector<int> affinity_cpus() {
    // The kernel refuses a set smaller than its own; machines above 1024 CPUs need a longer one than cpu_set_t.
    for (int size = CPU_SETSIZE; size <= (CPU_SETSIZE << 6); size *= 2) {
        const std::unique_ptr<cpu_set_t, void (*)(cpu_set_t *)> set(CPU_ALLOC(size), [](cpu_set_t *it) { CPU_FREE(it); });
        if (!set || sched_getaffinity(0, CPU_ALLOC_SIZE(size), set.get()) != 0) continue;
        std::vector<int> cpus;
        for (int cpu = 0; cpu < size; ++cpu)
            if (CPU_ISSET_S(cpu, CPU_ALLOC_SIZE(size), set.get())) cpus.push_back(cpu);
        if (!cpus.empty()) return cpus;
    }
    std::vector<int> cpus(online_cpus());
    std::iota(cpus.begin(), cpus.end(), 0);
    return cpus;
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
    try {
        cpus = static_cast<int>(affinity_cpus().size());
        if (const int quota = cgroup_cpus(""); quota > 0) cpus = std::min(cpus, quota);
    } catch (...) {} // no memory for lists and paths: what is known so far
    return cpus > 0 ? cpus : online_cpus();
}

} // namespace normforge
