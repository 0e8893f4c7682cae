// SPDX-License-Identifier: MIT
// Memory for operands: page-aligned, and touched when made, so that no timed call takes a page fault.
#pragma once

#include <cstddef>
#include <cstdint>

namespace normforge {

class Buffer {
public:
    Buffer() = default;

    /// `size` bytes that begin `offset` bytes past a page boundary, all zero. Throws std::bad_alloc.
    explicit Buffer(size_t size, size_t offset = 0);
    ~Buffer();
    Buffer(Buffer &&other) noexcept;
    Buffer &operator=(Buffer &&other) noexcept;

    void *data() const { return static_cast<uint8_t *>(mapping_) + offset_; }
    float *floats() const { return static_cast<float *>(data()); }
    size_t size() const { return size_; }

private:
    void *mapping_ = nullptr;
    size_t size_ = 0;
    size_t offset_ = 0;
};

/// Fills with values of a normal distribution around 0.5 with variance 1; the same for the same seed.
void fill_normal(float *values, size_t count, uint64_t seed);

} // namespace normforge
