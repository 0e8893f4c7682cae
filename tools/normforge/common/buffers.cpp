// SPDX-License-Identifier: MIT
// Operand memory for bench: anonymous mappings, filled before anything is timed.
#include "tools/normforge/common/buffers.h"

#include <cstring>
#include <new>
#include <sys/mman.h>
#include <utility>

namespace normforge {

Buffer::Buffer(size_t size, size_t offset) : size_(size), offset_(offset) {
    const size_t bytes = size + offset + 1; // an empty mapping is an error, an empty tensor is not
    mapping_ = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping_ == MAP_FAILED) {
        mapping_ = nullptr;
        throw std::bad_alloc();
    }
    std::memset(mapping_, 0, bytes); // takes the page faults now
}

Buffer::~Buffer() {
    if (mapping_) munmap(mapping_, size_ + offset_ + 1);
}

Buffer::Buffer(Buffer &&other) noexcept
    : mapping_(std::exchange(other.mapping_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      offset_(std::exchange(other.offset_, 0)) {}

Buffer &Buffer::operator=(Buffer &&other) noexcept {
    std::swap(mapping_, other.mapping_);
    std::swap(size_, other.size_);
    std::swap(offset_, other.offset_);
    return *this;
}

void fill_normal(float *values, size_t count, uint64_t seed) {
    uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
    for (size_t i = 0; i < count; i++) {
        // xorshift64*; the sum of four 16-bit uniforms is close enough to normal, and fast for 100 MB tensors
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        const uint64_t bits = state * 0x2545F4914F6CDD1Du;
        const uint64_t sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        // four uniforms of [0, 65536): mean 131072, standard deviation 65536 * sqrt(4 / 12) = 37837
        values[i] = 0.5f + (static_cast<float>(sum) - 131072.0f) * (1.0f / 37837.0f);
    }
}

} // namespace normforge
