// SPDX-License-Identifier: MIT
// NVIDIA's GPUs, through the driver's own interface.
#pragma once

#include "runtime/device/device.h"

namespace normforge {

Device &cuda_device() noexcept;

/// Whether something in this process has loaded the driver: only then can there be device memory.
bool cuda_is_loaded() noexcept;

/// Whether the driver, which is loaded, says that a pointer is to memory that the CPU cannot use.
bool is_device_memory(const void *pointer) noexcept;

} // namespace normforge
