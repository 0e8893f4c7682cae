// SPDX-License-Identifier: MIT
// The list of devices, and what kernels call back.
#include "runtime/device/device.h"
#include "runtime/device/cuda.h"
#include "runtime/device/opencl.h"

namespace normforge {
namespace {

/// What a block of threads may have of shared memory on every CUDA device, unless a kernel asks for more: ours do not.
/// Looked at for all devices, so that tests without a GPU find what would fail on one.
constexpr int kMostSharedBytes = 48 * 1024;

thread_local DeviceScope *current = nullptr;

} // namespace

Device *find_device(nf_device device) noexcept {
    switch (device) {
    case NF_DEVICE_CPU: return nullptr;
    case NF_DEVICE_CUDA: return &cuda_device();
    case NF_DEVICE_OPENCL: return &opencl_device();
    }
    return nullptr;
}

bool device_usable(nf_device device) noexcept {
    try {
        Device *const found = find_device(device);
        return !found || !found->usable().failed();
    } catch (...) {
        return false;
    }
}

DeviceScope::DeviceScope(Device &device, const DeviceQueue &queue) noexcept
    : device_(device), queue_(queue), outer_(current) {
    current = this;
}

DeviceScope::~DeviceScope() {
    current = outer_;
}

template <typename Call>
int DeviceScope::on_current(Call call) noexcept {
    DeviceScope *const scope = current;
    if (!scope) return 1;
    try {
        Status status = call(*scope);
        const bool failed = status.failed();
        if (failed && !scope->failure_.failed()) scope->failure_ = std::move(status);
        return failed ? 1 : 0;
    } catch (...) {
        return 1;
    }
}

int DeviceScope::load(const char *code, size_t size) noexcept {
    return on_current([&](DeviceScope &scope) { return scope.device_.load(scope.queue_, code, size); });
}

int DeviceScope::launch(const DeviceLaunch &launch) noexcept {
    return on_current([&](DeviceScope &scope) -> Status {
        if (launch.shared_bytes > kMostSharedBytes)
            return {NF_KERNEL_FAILED, std::string(launch.entry) + " asks for " + std::to_string(launch.shared_bytes) +
                                          " bytes of shared memory, expected at most " + std::to_string(kMostSharedBytes)};
        return scope.queue_.dry ? scope.device_.prepare(scope.queue_, launch) : scope.device_.launch(scope.queue_, launch);
    });
}

int DeviceScope::fill(void *memory, size_t count, size_t element_bytes, bool ones) noexcept {
    return on_current([&](DeviceScope &scope) {
        return scope.queue_.dry ? Status() : scope.device_.fill(scope.queue_, memory, count, element_bytes, ones);
    });
}

} // namespace normforge
