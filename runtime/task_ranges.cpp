// SPDX-License-Identifier: MIT
// Ranges are changed by compare-and-swap alone: each word is the whole truth about its tasks, so a swap that succeeds owns
// what it took, whatever happened in between.
#include "runtime/task_ranges.h"
#include <new>

namespace normforge {
namespace {

constexpr uint64_t pack(int64_t begin, int64_t end) noexcept {
    return static_cast<uint64_t>(begin) << 32 | static_cast<uint64_t>(end);
}
constexpr int begin_of(uint64_t word) noexcept {
    return static_cast<int>(word >> 32);
}
constexpr int end_of(uint64_t word) noexcept {
    return static_cast<int>(word & 0xFFFFFFFF);
}

} // namespace

bool TaskRanges::reserve(int takers) noexcept {
    if (takers <= reserved_) return true;
    std::unique_ptr<Range[]> ranges(new (std::nothrow) Range[static_cast<size_t>(takers)]);
    if (!ranges) return false;
    ranges_ = std::move(ranges);
    reserved_ = takers;
    return true;
}

void TaskRanges::share_out(int count, int takers) noexcept {
    takers_ = takers;
    for (int64_t i = 0; i < takers; ++i)
        ranges_[i].word.store(pack(i * count / takers, (i + 1) * count / takers), std::memory_order_relaxed);
}

int TaskRanges::take(int taker) noexcept {
    Range &own = ranges_[taker];
    int task = take_first(own);
    for (int i = 1; task == kNone && i < takers_; ++i) task = steal_half(ranges_[(taker + i) % takers_], own);
    return task;
}

int TaskRanges::take_first(Range &own) noexcept {
    uint64_t word = own.word.load();
    while (begin_of(word) < end_of(word))
        if (own.word.compare_exchange_weak(word, pack(begin_of(word) + 1, end_of(word)))) return begin_of(word);
    return kNone;
}

int TaskRanges::steal_half(Range &other, Range &own) noexcept {
    uint64_t word = other.word.load();
    while (begin_of(word) < end_of(word)) {
        const int first = begin_of(word) + (end_of(word) - begin_of(word)) / 2;
        if (other.word.compare_exchange_weak(word, pack(begin_of(word), first))) {
            own.word.store(pack(first + 1, end_of(word))); // empty until now: nobody else changes it
            return first;
        }
    }
    return kNone;
}

} // namespace normforge
