// SPDX-License-Identifier: MIT
// Targets, CPU features, caches and the usable CPUs, also for machines that are not this one.
#include "runtime/allowed_cpus.h"
#include "runtime/cpu_caches.h"
#include "runtime/cpu_features.h"
#include "runtime/device/device.h"
#include "runtime/targets.h"
#include <algorithm>
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
constexpr uint32_t kBf16 = 1u << 5; // Cooper Lake has it, leaf 7, subleaf 1

bool could_run(const char *target, uint32_t features) {
    const uint32_t needed = find_target(target)->features;
    return (features & needed) == needed;
}

/// A tree with made-up files below /proc and /sys.
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
    const uint32_t full = decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, 0, 0xe7});
    CHECK(could_run("x86-64-avx512", full));
    CHECK(could_run("x86-64-avx2", full));
    CHECK(could_run("x86-64", full));
    CHECK_FALSE(could_run("x86-64-avx512-bf16", full));
    CHECK(could_run("x86-64-avx512-bf16", decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, kBf16, 0xe7})));

    const uint32_t no_zmm = decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, 0, 0x07});
    CHECK_FALSE(could_run("x86-64-avx512", no_zmm));
    CHECK(could_run("x86-64-avx2", no_zmm));

    const uint32_t no_ymm = decode_features({kFmaSse41OsxsaveF16c, kAvx2AndAvx512, 0, 0x00});
    CHECK_FALSE(could_run("x86-64-avx2", no_ymm));
    CHECK(could_run("x86-64", no_ymm));
    CHECK_FALSE(could_run("x86-64", decode_features(X86Registers{})));
}

TEST_CASE("an ARM machine is known by its hardware capabilities") {
    // AT_HWCAP of a Neoverse N1: fp is bit 0, asimd bit 1.
    CHECK(could_run("arm-64", decode_features(ArmCapabilities{0x10119fff})));
    CHECK_FALSE(could_run("arm-64", decode_features(ArmCapabilities{0x10119fff & ~0x2u})));
    CHECK_FALSE(could_run("x86-64", decode_features(ArmCapabilities{~uint64_t{0}})));
}

TEST_CASE("every bit a target requires is required") {
    for (const Target &target : kTargets)
        for (uint32_t bit = 1; bit; bit <<= 1)
            if (target.features & bit) CHECK_FALSE(could_run(target.name, ~bit));
    CHECK(find_target("x86-64-avx2")->features == (kSse41 | kAvx2 | kFma | kF16c));
}

TEST_CASE("targets are known by name, and other architectures are not usable") {
    CHECK(find_target("cuda-70") == nullptr);
    CHECK(nf_target_usable("cuda-70") == -1);
    CHECK(nf_target_usable("cuda-80") == device_usable(NF_DEVICE_CUDA));
    CHECK(nf_target_usable(nullptr) == -1);
    CHECK(target_choices() == "x86-64-avx512-bf16, x86-64-avx512, x86-64-avx2, x86-64, arm-64, cuda-80, opencl");
#if defined(__x86_64__)
    CHECK(nf_target_usable("arm-64") == 0);
    CHECK(nf_target_usable("x86-64-avx2") == (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? 1 : 0));
    CHECK(nf_target_usable("x86-64-avx512") ==
          (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
               ? 1
               : 0));
#elif defined(__aarch64__)
    CHECK(nf_target_usable("arm-64") == 1);
    CHECK(nf_target_usable("x86-64") == 0);
#endif
    const Target *own = find_target(cpu_architecture());
    REQUIRE(own); // each architecture's lowest target has its name
    CHECK(target_usable(*own));
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
    const std::vector<int> cpus = affinity_cpus();
    CHECK(static_cast<int>(cpus.size()) == CPU_COUNT(&before));
    CHECK(std::all_of(cpus.begin(), cpus.end(), [&](int cpu) { return CPU_ISSET(cpu, &before); }));
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
        if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
    REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    CHECK(allowed_cpus() == 1);
    CHECK(affinity_cpus() == std::vector<int>{cpus.front()});
    REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

TEST_CASE("the smallest last-level cache of the CPUs counts") {
    const FakeRoot root;
    int next_index[8] = {};
    const auto add_cache = [&](int cpu, const char *level, const char *type, const char *size) {
        const std::string directory =
            "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/cache/index" + std::to_string(next_index[cpu]++) + "/";
        root.write(directory + "level", level);
        root.write(directory + "type", type);
        root.write(directory + "size", size);
    };
    const auto bytes = [&](const std::vector<int> &cpus) { return smallest_last_level_cache(root.path(), cpus); };

    SECTION("equal CPUs") {
        for (int cpu = 0; cpu < 2; ++cpu) {
            add_cache(cpu, "1\n", "Data\n", "48K\n");
            add_cache(cpu, "1\n", "Instruction\n", "64K\n");
            add_cache(cpu, "2\n", "Unified\n", "1024K\n");
            add_cache(cpu, "3\n", "Unified\n", "32768K\n");
        }
        CHECK(bytes({0, 1}) == 32 << 20);
    }
    SECTION("big and little clusters, each with an L2 of its own") {
        for (int cpu = 0; cpu < 4; ++cpu) {
            add_cache(cpu, "1\n", "Data\n", "32K\n");
            add_cache(cpu, "2\n", "Unified\n", cpu < 2 ? "2048K\n" : "512K\n");
        }
        CHECK(bytes({0, 1}) == 2 << 20);
        CHECK(bytes({2, 3}) == 512 << 10);
        CHECK(bytes({0, 1, 2, 3}) == 512 << 10);
        CHECK(bytes({3, 0}) == 512 << 10);
    }
    SECTION("one core without a share of the L3") {
        add_cache(0, "2\n", "Unified\n", "2048K\n");
        add_cache(0, "3\n", "Unified\n", "24M\n");
        add_cache(1, "2\n", "Unified\n", "4096K\n");
        CHECK(bytes({0}) == 24 << 20);
        CHECK(bytes({0, 1}) == 4 << 20);
    }
    SECTION("no cache is listed, or none for some CPUs") {
        CHECK(bytes({0, 1}) == 0);
        CHECK(bytes({}) == 0);
        add_cache(1, "2\n", "Unified\n", "1048576\n");
        CHECK(bytes({0}) == 0);
        CHECK(bytes({0, 1}) == 1 << 20);
    }
    SECTION("what says nothing about the last level does not count") {
        add_cache(0, "1\n", "Data\n", "64K\n");
        CHECK(bytes({0}) == 0);
        add_cache(0, "2\n", "Instruction\n", "4096K\n");
        CHECK(bytes({0}) == 0);
    }
    SECTION("malformed files do not count, those after them do") {
        for (const char *size : {"", "\n", "K\n", "large\n", "-64K\n", "0K\n", "64Q\n", "99999999999999999999K\n"}) {
            next_index[0] = 0;
            add_cache(0, "2\n", "Unified\n", size);
            INFO(size);
            CHECK(bytes({0}) == 0);
        }
        add_cache(0, "two\n", "Unified\n", "4096K\n");
        CHECK(bytes({0}) == 0);
        root.write("/sys/devices/system/cpu/cpu0/cache/index2/size", "8192K\n"); // neither level nor type
        CHECK(bytes({0}) == 0);
        next_index[0] = 3;
        add_cache(0, "2\n", "Unified\n", "1024K\n");
        CHECK(bytes({0}) == 1 << 20);
    }
}

TEST_CASE("the last-level cache has a plausible size") {
    CHECK(last_level_cache_bytes() >= 256 * 1024);
    CHECK(last_level_cache_bytes() <= int64_t{1} << 36);
}
