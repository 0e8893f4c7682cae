// SPDX-License-Identifier: MIT
// What the GPU benchmark needs of CUDA's driver beyond what tests do, loaded when asked for; names and numbers are those of
// cuda.h. The first device's primary context is current, which is the one that CUDA's runtime, and with it cuDNN and
// PyTorch, use.
#pragma once

#include "tests/support/cuda_driver.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace normforge::gpu_check {

/// There is no driver, or it knows no device.
class NoDevice : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

using Address = uint64_t;

struct Driver {
    int (*create_event)(void **, unsigned) = nullptr;
    int (*record)(void *, void *) = nullptr;
    int (*wait)(void *) = nullptr;
    int (*elapsed)(float *, void *, void *) = nullptr;
    int (*copy)(Address, Address, size_t, void *) = nullptr;
    int (*set)(Address, unsigned char, size_t, void *) = nullptr;
    int (*load_module)(void **, const void *) = nullptr;
    int (*find_function)(void **, void *, const char *) = nullptr;
    int (*launch)(void *, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *, void **,
                  void **) = nullptr;
    int (*version)(int *) = nullptr;
    int (*name)(char *, int, int) = nullptr;
    int (*attribute)(int *, int, int) = nullptr;
    int (*memory)(size_t *, int) = nullptr;
};

/// Makes the device's context current on this thread. Throws NoDevice.
const Driver &driver();

using testing::cuda_driver;
using testing::require;

struct DeviceFacts {
    std::string name, capability, driver; ///< driver: the newest CUDA that it supports
    int multiprocessors = 0;
    int64_t cache_bytes = 0, memory_bytes = 0;
};
DeviceFacts device_facts();

/// Memory of the device, not initialised; never empty.
class Memory {
public:
    explicit Memory(size_t bytes);
    ~Memory();
    Memory(Memory &&other) noexcept : address_(other.address_), bytes_(other.bytes_) { other.address_ = 0; }
    Memory &operator=(Memory &&) = delete;

    Address address() const { return address_; }
    void *pointer() const { return reinterpret_cast<void *>(address_); }
    size_t bytes() const { return bytes_; }

    void fill(unsigned char byte) const;

    /// Host bytes to the beginning of this memory, then copies of them after each other up to its end.
    void repeat(const void *host, size_t bytes) const;

private:
    Address address_ = 0;
    size_t bytes_;
};

/// Waits for the device and brings bytes to the host.
std::vector<std::byte> to_host(Address from, size_t bytes);

} // namespace normforge::gpu_check
