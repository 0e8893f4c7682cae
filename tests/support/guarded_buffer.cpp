// SPDX-License-Identifier: MIT
// mmap with one inaccessible page on either side, see guarded_buffer.h.
#include "tests/support/guarded_buffer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace normforge::testing {

namespace {

constexpr int kPoison = 0xFF;
constexpr size_t kLine = 64;

size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

} // namespace

GuardedBuffer::GuardedBuffer(size_t size, Edge edge, size_t offset) : size_(size) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t accessible = std::max(page, round_up(size + offset + kLine, page));
    const size_t total = accessible + 2 * page;
    void *mapping = mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    mapping_ = {static_cast<std::byte *>(mapping), Unmap{total}};
    accessible_begin_ = mapping_.get() + page;
    accessible_end_ = accessible_begin_ + accessible;
    if (mprotect(accessible_begin_, accessible, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
    std::memset(accessible_begin_, kPoison, accessible);

    if (edge == Edge::begin)
        data_ = accessible_begin_ + offset;
    else if (offset == 0)
        data_ = accessible_end_ - size;
    else
        data_ = accessible_begin_ + (accessible - size - offset) / kLine * kLine + offset;
}

bool GuardedBuffer::surroundings_intact() const {
    const auto intact = [](std::byte value) { return value == std::byte{kPoison}; };
    return std::all_of(accessible_begin_, data_, intact) && std::all_of(data_ + size_, accessible_end_, intact);
}

bool GuardedBuffer::is_poison(double value) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits == UINT64_MAX;
}

void GuardedBuffer::Unmap::operator()(std::byte *mapping) const {
    munmap(mapping, size);
}

} // namespace normforge::testing
