// SPDX-License-Identifier: MIT
// What tests and the GPU benchmark call of CUDA's driver alike: contexts, memory and copies. Names are those of cuda.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace normforge::testing {

struct CudaDriver {
    int (*init)(unsigned) = nullptr;
    int (*current)(void **) = nullptr;
    int (*retain)(void **, int) = nullptr;
    int (*set_current)(void *) = nullptr;
    int (*synchronize)() = nullptr;
    int (*free_memory)(size_t *, size_t *) = nullptr;
    int (*allocate)(uint64_t *, size_t) = nullptr;
    int (*release)(uint64_t) = nullptr;
    int (*to_device)(uint64_t, const void *, size_t) = nullptr;
    int (*to_host)(void *, uint64_t, size_t) = nullptr;
};

/// Loaded by the first call. Throws std::runtime_error where it is not.
const CudaDriver &cuda_driver();

/// Throws std::runtime_error if a call of the driver failed.
void require(int result, const char *call);

} // namespace normforge::testing
