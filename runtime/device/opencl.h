// SPDX-License-Identifier: MIT
// OpenCL, for tests of GPU kernels without a GPU: a CPU device whose kernels take pointers of the process.
#pragma once

#include "runtime/device/device.h"

namespace normforge {

Device &opencl_device() noexcept;

} // namespace normforge
