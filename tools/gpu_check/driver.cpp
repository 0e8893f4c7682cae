// SPDX-License-Identifier: MIT
// See driver.h.
#include "tools/gpu_check/driver.h"

#include "runtime/device/driver_library.h"
#include "tests/support/cuda_operands.h"

#include <algorithm>
#include <array>

namespace normforge::gpu_check {

namespace {

constexpr int kMultiprocessors = 16, kCacheBytes = 38, kMajor = 75, kMinor = 76; // CU_DEVICE_ATTRIBUTE_...

Driver load() {
    Driver driver;
    DriverLibrary library("libcuda.so.1");
    library.find(driver.create_event, "cuEventCreate");
    library.find(driver.record, "cuEventRecord");
    library.find(driver.wait, "cuEventSynchronize");
    library.find(driver.elapsed, "cuEventElapsedTime");
    library.find(driver.copy, "cuMemcpyDtoDAsync_v2");
    library.find(driver.set, "cuMemsetD8Async");
    library.find(driver.load_module, "cuModuleLoadData");
    library.find(driver.find_function, "cuModuleGetFunction");
    library.find(driver.launch, "cuLaunchKernel");
    library.find(driver.version, "cuDriverGetVersion");
    library.find(driver.name, "cuDeviceGetName");
    library.find(driver.attribute, "cuDeviceGetAttribute");
    library.find(driver.memory, "cuDeviceTotalMem_v2");
    if (!library.reason().empty()) throw NoDevice("no CUDA driver: " + library.reason());
    try {
        testing::use_cuda_device();
    } catch (const std::runtime_error &error) {
        throw NoDevice(std::string("no CUDA device: ") + error.what());
    }
    return driver;
}

int64_t attribute(int which) {
    int value = 0;
    require(driver().attribute(&value, which, 0), "cuDeviceGetAttribute");
    return value;
}

} // namespace

const Driver &driver() {
    static const Driver instance = load();
    return instance;
}

DeviceFacts device_facts() {
    std::array<char, 256> name{};
    int version = 0;
    size_t memory = 0;
    require(driver().name(name.data(), static_cast<int>(name.size()), 0), "cuDeviceGetName");
    require(driver().version(&version), "cuDriverGetVersion");
    require(driver().memory(&memory, 0), "cuDeviceTotalMem");
    DeviceFacts facts;
    facts.name = name.data();
    facts.capability = std::to_string(attribute(kMajor)) + "." + std::to_string(attribute(kMinor));
    facts.driver = "CUDA " + std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
    facts.multiprocessors = static_cast<int>(attribute(kMultiprocessors));
    facts.cache_bytes = attribute(kCacheBytes);
    facts.memory_bytes = static_cast<int64_t>(memory);
    return facts;
}

Memory::Memory(size_t bytes) : bytes_(std::max<size_t>(bytes, 1)) {
    require(cuda_driver().allocate(&address_, bytes_), "cuMemAlloc");
}

Memory::~Memory() {
    if (address_) cuda_driver().release(address_);
}

void Memory::fill(unsigned char byte) const {
    require(driver().set(address_, byte, bytes_, nullptr), "cuMemsetD8Async");
}

void Memory::repeat(const void *host, size_t bytes) const {
    size_t filled = std::min(bytes, bytes_);
    require(cuda_driver().to_device(address_, host, filled), "cuMemcpyHtoD");
    while (filled < bytes_) { // what is there, once more: a multiple of `bytes` but for the last time
        const size_t part = std::min(filled, bytes_ - filled);
        require(driver().copy(address_ + filled, address_, part, nullptr), "cuMemcpyDtoDAsync");
        filled += part;
    }
}

std::vector<std::byte> to_host(Address from, size_t bytes) {
    std::vector<std::byte> content(bytes);
    require(cuda_driver().synchronize(), "cuCtxSynchronize");
    require(cuda_driver().to_host(content.data(), from, bytes), "cuMemcpyDtoH");
    return content;
}

} // namespace normforge::gpu_check
