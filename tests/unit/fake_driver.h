// SPDX-License-Identifier: MIT
// The switches and counters of fake_driver.cpp, a libcuda.so.1 without a device behind it. "Device memory" is memory of the
// process that the table of pointers calls so; a launch runs nothing.
#pragma once

#include <cstdint>
#include <dlfcn.h>
#include <map>
#include <stdexcept>
#include <vector>

namespace normforge::unit {

enum class FakeMemory : uint8_t { host = 1, device = 2 }; // CU_MEMORYTYPE_...

/// What the driver knows of an address.
struct FakePointer {
    FakeMemory type = FakeMemory::device;
    void *owner = nullptr; ///< its context
    bool managed = false;
};

/// What a test decides.
struct FakeSwitches {
    int devices = 0;
    int capability = 80;                                 ///< ten times major, and minor
    int cache_bytes = 1 << 30;                           ///< all that tests have fits half of it
    int memory_kilohertz = 1000, bits = 8;               ///< 2 MB/s
    std::map<const void *, unsigned long long> contexts; ///< those alive, with a number that no other ever has
    std::vector<void *> current;                         ///< contexts, the current one last
    std::map<const void *, FakePointer> pointers;
    int module_result = 0, entry_result = 0, launch_result = 0, memset_result = 0; ///< of the calls that follow
};

/// What was asked of the driver.
struct FakeCounters {
    int initialisations = 0, questions = 0, pushes = 0, pops = 0, modules = 0, launches = 0, memsets = 0;
    const void *launch_stream = nullptr, *memset_stream = nullptr; ///< of the last of each
};

struct FakeDriver : FakeSwitches, FakeCounters {};

/// Loads the fake, a file, into this process, where the runtime then finds it by CUDA's name. It stays loaded.
inline FakeDriver &load_fake_driver(const char *file) {
    void *const library = dlopen(file, RTLD_NOW);
    if (!library) throw std::runtime_error(dlerror());
    return *static_cast<FakeDriver *>(dlsym(library, "nf_fake_driver"));
}

} // namespace normforge::unit
