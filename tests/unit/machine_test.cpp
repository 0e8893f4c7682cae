// SPDX-License-Identifier: MIT
// Targets, CPU features and the count of usable CPUs, also for machines that are not this one.
#include "runtime/cpu.h"
#include "runtime/targets.h"
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <normforge/normforge.h>
#include <sched.h>
#include <unistd.h>

using namespace normforge;

namespace {

// A Skylake server: bits from Intel SDM volume 2, CPUID.
constexpr uint32_t kFmaSse41OsxsaveF16c = 1u << 12 | 1u << 19 | 1u << 27 | 1u << 29;
constexpr uint32_t kAvx2AndAvx512 = 1u << 5 | 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;

bool could_run(const char *target, uint32_t features) {
    const uint32_t needed = find_target(target)->features;
    return (features & needed) == needed;
}

/// A tree with /proc/self/cgroup and files below /sys/fs/cgroup.
class FakeRoot {
public:
    FakeRoot() { std::filesystem::create_directories(path_); }
    ~FakeRoot() { std::filesystem::remove_all(path_); }

    void write(const std::string &file, const std::string &content) const {
        std::filesystem::create_directories(std::filesystem::path(path_ + file).parent_path());
        std::ofstream(path_ + file) << content;
    }
    const std::string &path() const { return path_; }

private:
    std::string path_ = std::filesystem::temp_directory_path() / ("normforge_machine_test_" + std::to_string(getpid()));
};

} // namespace

TEST_CASE("an extension counts only if the operating system saves its registers") {
    const uint32_t full = decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, 0xe7});
    CHECK(could_run("x86-64-avx512", full));
    CHECK(could_run("x86-64-avx2", full));
    CHECK(could_run("x86-64", full));

    const uint32_t no_zmm = decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, 0x07});
    CHECK_FALSE(could_run("x86-64-avx512", no_zmm));
    CHECK(could_run("x86-64-avx2", no_zmm));

    const uint32_t no_ymm = decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, 0x00});
    CHECK_FALSE(could_run("x86-64-avx2", no_ymm));
    CHECK(could_run("x86-64", no_ymm));
    CHECK_FALSE(could_run("x86-64", decode_features({})));
}

TEST_CASE("every bit a target requires is required") {
    for (const Target &target : kTargets)
        for (uint32_t bit = 1; bit; bit <<= 1)
            if (target.features & bit) CHECK_FALSE(could_run(target.name, ~bit));
    CHECK(find_target("x86-64-avx2")->features == (kSse41 | kAvx2 | kFma | kF16c));
}

TEST_CASE("targets are known by name, and other architectures are not usable") {
    CHECK(find_target("cuda-80") == nullptr);
    CHECK(nf_target_usable("cuda-80") == -1);
    CHECK(nf_target_usable(nullptr) == -1);
    CHECK(target_choices() == "x86-64-avx512, x86-64-avx2, x86-64, arm-64");
#if defined(__x86_64__)
    CHECK(nf_target_usable("arm-64") == 0);
    CHECK(nf_target_usable("x86-64-avx2") == (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0));
    CHECK(nf_target_usable("x86-64-avx512") ==
          (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
               ? 1
               : 0));
#endif
}

TEST_CASE("a cgroup quota limits the CPUs") {
    const FakeRoot root;
    CHECK(cgroup_cpus(root.path()) == 0);
    SECTION("v2, the smallest of the group and those above it, rounded up") {
        root.write("/proc/self/cgroup", "0::/a/b\n");
        CHECK(cgroup_cpus(root.path()) == 0);
        root.write("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
        CHECK(cgroup_cpus(root.path()) == 0);
        root.write("/sys/fs/cgroup/a/cpu.max", "250000 100000\n");
        CHECK(cgroup_cpus(root.path()) == 3);
        root.write("/sys/fs/cgroup/a/b/cpu.max", "800000 100000\n");
        CHECK(cgroup_cpus(root.path()) == 3);
        root.write("/sys/fs/cgroup/cpu.max", "50000 100000\n");
        CHECK(cgroup_cpus(root.path()) == 1);
    }
    SECTION("v1, in a container that sees only its own root") {
        root.write("/proc/self/cgroup", "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n");
        root.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
        root.write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        CHECK(cgroup_cpus(root.path()) == 0);
        root.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "400000\n");
        CHECK(cgroup_cpus(root.path()) == 4);
    }
    SECTION("other controllers and nonsense are ignored") {
        root.write("/proc/self/cgroup", "5:cpuset:/\nnonsense\n");
        root.write("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "100000\n");
        root.write("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
        CHECK(cgroup_cpus(root.path()) == 0);
    }
}

TEST_CASE("affinity limits the CPUs") {
    cpu_set_t before;
    REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
    CHECK(allowed_cpus() >= 1);
    CHECK(allowed_cpus() <= CPU_COUNT(&before));
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(allowed_cpus() == 1);
    REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

TEST_CASE("the last-level cache has a plausible size") {
    CHECK(last_level_cache_bytes() >= 256 * 1024);
    CHECK(last_level_cache_bytes() <= int64_t{1} << 36);
}
