// SPDX-License-Identifier: MIT
// Memory that is there where it is touched: room for tensors whose strides or extents are beyond 32 bits.
#pragma once

#include <cstddef>
#include <new>
#include <sys/mman.h>

namespace normforge::testing {

class SparseMemory {
public:
    /// Zeros. Throws std::bad_alloc.
    explicit SparseMemory(size_t bytes)
        : bytes_(bytes),
          data_(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) {
        if (data_ == MAP_FAILED) throw std::bad_alloc();
    }
    ~SparseMemory() { munmap(data_, bytes_); }
    SparseMemory(const SparseMemory &) = delete;
    SparseMemory &operator=(const SparseMemory &) = delete;

    template <typename T>
    T *as() const {
        return static_cast<T *>(data_);
    }
    size_t size() const { return bytes_; }

private:
    size_t bytes_;
    void *data_;
};

} // namespace normforge::testing
