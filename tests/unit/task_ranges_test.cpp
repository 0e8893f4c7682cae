// SPDX-License-Identifier: MIT
// Who gets which task.
#include "runtime/task_ranges.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace normforge {

namespace {

/// The next `count` tasks of a taker.
std::vector<int> take(TaskRanges &ranges, int taker, int count) {
    std::vector<int> tasks;
    for (int i = 0; i < count; ++i) tasks.push_back(ranges.take(taker));
    return tasks;
}

} // namespace

TEST_CASE("takers begin with neighbouring tasks of their own") {
    TaskRanges ranges;
    REQUIRE(ranges.reserve(3));
    ranges.share_out(10, 3);
    CHECK(take(ranges, 2, 2) == std::vector<int>{6, 7});
    CHECK(take(ranges, 0, 3) == std::vector<int>{0, 1, 2});
    CHECK(take(ranges, 1, 3) == std::vector<int>{3, 4, 5});
}

TEST_CASE("who is done takes the second half of what another has left, in order") {
    TaskRanges ranges;
    REQUIRE(ranges.reserve(2));
    ranges.share_out(12, 2);
    CHECK(take(ranges, 0, 6) == std::vector<int>{0, 1, 2, 3, 4, 5});
    CHECK(take(ranges, 0, 3) == std::vector<int>{9, 10, 11}); // of 6 to 11, nobody has come for
    CHECK(take(ranges, 1, 2) == std::vector<int>{6, 7});
    CHECK(ranges.take(0) == 8);
    CHECK(ranges.take(0) == TaskRanges::kNone);
    CHECK(ranges.take(1) == TaskRanges::kNone);
}

TEST_CASE("fewer tasks than takers, and none at all") {
    TaskRanges ranges;
    REQUIRE(ranges.reserve(4));
    ranges.share_out(1, 4);
    CHECK(ranges.take(0) == 0);
    for (int taker = 0; taker < 4; ++taker) CHECK(ranges.take(taker) == TaskRanges::kNone);
    ranges.share_out(0, 4);
    CHECK(ranges.take(3) == TaskRanges::kNone);
}

TEST_CASE("every task is taken once, however many threads take at once") {
    constexpr int kTasks = 20000, kTakers = 4;
    TaskRanges ranges;
    REQUIRE(ranges.reserve(kTakers));
    for (int round = 0; round < 10; ++round) {
        ranges.share_out(kTasks, kTakers);
        std::vector<std::atomic<int>> taken(kTasks);
        std::vector<std::thread> threads;
        for (int taker = 0; taker < kTakers; ++taker)
            threads.emplace_back([&, taker] {
                for (int task; (task = ranges.take(taker)) != TaskRanges::kNone;) ++taken[static_cast<size_t>(task)];
            });
        for (std::thread &thread : threads) thread.join();
        int once = 0;
        for (const auto &count : taken) once += count == 1;
        CHECK(once == kTasks);
    }
}

} // namespace normforge
