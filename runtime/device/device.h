// SPDX-License-Identifier: MIT
// What runs kernels that are not the CPU's: a thin layer over a driver that is loaded when first asked for. Nothing of it
// synchronises more than a caller's own stream, allocates device memory or outlives a failure.
#pragma once

#include "runtime/error.h"
#include <cstddef>
#include <cstdint>

namespace normforge {

/// Where the launches of one execution go. `dry`: code is loaded, launches are prepared, and nothing runs.
struct DeviceQueue {
    void *context = nullptr;
    void *stream = nullptr;
    bool dry = false;
};

/// A launch as compiled kernels ask for it, see nf_kernel_host.
struct DeviceLaunch {
    const char *entry;
    const int *grid; ///< blocks x, y, z, threads x, y, z
    int shared_bytes;
    const size_t *sizes; ///< of the arguments, ended by 0
    void **arguments;
    const int8_t *is_buffer; ///< the argument is a halide_buffer_t, for its memory
};

/// What decides into which chunks tensors are cut.
struct MemoryFacts {
    int64_t cache_bytes;     ///< of the cache that all kernels share
    double bytes_per_second; ///< of the memory behind it, as its makers reckon; 0: not known
};

class Device {
public:
    virtual ~Device() = default;

    /// Refuses with NF_NO_DEVICE and the reason where nothing can run.
    virtual Status usable() = 0;

    /// The context of a plan: the one given, or for null the current one. Refuses what is no usable context.
    virtual Status find_context(void *&context) = 0;

    virtual MemoryFacts memory(void *context) = 0;

    /// Refuses memory that kernels in that context cannot use.
    virtual Status check_memory(const char *name, const void *pointer, void *context) = 0;

    /// Before and after the launches of an execution; what begin() refuses needs no end().
    virtual Status begin(const DeviceQueue &queue) = 0;
    virtual Status end(const DeviceQueue &queue) = 0;

    /// Finds or loads the code of a kernel, for the launches that follow on this thread.
    virtual Status load(const DeviceQueue &queue, const char *code, size_t size) = 0;
    virtual Status launch(const DeviceQueue &queue, const DeviceLaunch &launch) = 0;

    /// All of a launch but running it, so that the first execution is like the others.
    virtual Status prepare(const DeviceQueue &queue, const DeviceLaunch &launch) = 0;

    /// Sets `count` elements of 4 or 8 bytes to the floating-point number 0 or 1.
    virtual Status fill(const DeviceQueue &queue, void *memory, size_t count, size_t element_bytes, bool ones) = 0;
};

/// The device; null for the CPU.
Device *find_device(nf_device device) noexcept;

/// Whether kernels for it can run on this machine.
bool device_usable(nf_device device) noexcept;

/// While it lives, the kernels that this thread calls load and launch their code here.
class DeviceScope {
public:
    DeviceScope(Device &device, const DeviceQueue &queue) noexcept;
    ~DeviceScope();
    DeviceScope(const DeviceScope &) = delete;
    DeviceScope &operator=(const DeviceScope &) = delete;

    /// The first failure of a launch.
    const Status &failure() const { return failure_; }

    /// What kernels call back, by way of nf_kernel_host; anything but 0 is a failure.
    static int load(const char *code, size_t size) noexcept;
    static int launch(const DeviceLaunch &launch) noexcept;
    static int fill(void *memory, size_t count, size_t element_bytes, bool ones) noexcept;

private:
    template <typename Call>
    static int on_current(Call call) noexcept;

    Device &device_;
    DeviceQueue queue_;
    Status failure_;
    DeviceScope *outer_;
};

} // namespace normforge
