// SPDX-License-Identifier: MIT
// Memory that faults when a kernel leaves it: sanitizers do not see generated code, so tensors end, or begin, at an
// inaccessible page. What is accessible around them is filled with a pattern that is a NaN as f32, and checked afterwards.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace normforge::testing {

/// Which side of the memory touches the inaccessible page.
enum class Edge { begin, end };

class GuardedBuffer {
public:
    /// `offset` (bytes) misaligns the memory: it then begins that far past a multiple of 64 bytes, near the edge but not at
    /// it. Memory of no bytes at all is a valid address that must not be touched. Throws std::bad_alloc.
    GuardedBuffer(size_t size, Edge edge, size_t offset = 0);

    std::byte *data() const { return data_; }
    size_t size() const { return size_; }

    /// Whether every accessible byte outside [data, data + size) still holds the pattern.
    bool surroundings_intact() const;

    /// Whether a value that load() read (number.h) still holds the pattern.
    static bool is_poison(double value);

private:
    struct Unmap {
        size_t size;
        void operator()(std::byte *mapping) const;
    };
    std::unique_ptr<std::byte, Unmap> mapping_;
    std::byte *accessible_begin_, *accessible_end_, *data_;
    size_t size_;
};

} // namespace normforge::testing
