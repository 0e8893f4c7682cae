// SPDX-License-Identifier: MIT
// Operands of a call, copied to a CUDA device and back: the runner's way to run plans for GPUs. Needs a driver.
#pragma once

#include "tests/support/guarded_operands.h"

namespace normforge::testing {

/// Makes the first device's primary context current on this thread, where none is. Throws std::runtime_error.
void use_cuda_device();

class CudaOperands {
public:
    /// Copies what the operands hold, to addresses with the same remainder modulo 256, between margins. Throws
    /// std::runtime_error if the driver fails.
    CudaOperands(const GuardedOperands &operands, size_t workspace_size);
    ~CudaOperands();
    CudaOperands(const CudaOperands &) = delete;
    CudaOperands &operator=(const CudaOperands &) = delete;

    nf_tensors call;

    /// Waits for the device and brings everything back. Throws std::runtime_error if the device failed, or a margin was
    /// changed.
    void copy_back();

private:
    struct Copy {
        std::byte *host;
        size_t bytes, offset;
        uint64_t base; ///< of the device's memory, margins included
        size_t allocated() const;
    };
    uint64_t add(const std::byte *host, size_t bytes, size_t remainder);

    std::vector<Copy> copies_;
};

} // namespace normforge::testing
