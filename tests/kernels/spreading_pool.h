// SPDX-License-Identifier: MIT
// A host's thread pool that gives task i to thread i % threads, so that every thread really works, however short the tasks
// are and however busy the machine is. The library uses it from construction to destruction.
#pragma once

#include <algorithm>
#include <atomic>
#include <normforge/normforge.h>
#include <thread>
#include <vector>

namespace normforge::testing {

class SpreadingPool {
public:
    SpreadingPool() { nf_set_parallel_for(&SpreadingPool::parallel_for, this); }
    ~SpreadingPool() { nf_set_parallel_for(nullptr, nullptr); }
    SpreadingPool(const SpreadingPool &) = delete;
    SpreadingPool &operator=(const SpreadingPool &) = delete;

    /// Most threads that worked in one parallel_for; 1 if the library never asked for more.
    int most_threads() const { return most_threads_; }

private:
    static void parallel_for(void *context, int threads, int count, nf_task task, void *argument) {
        auto &self = *static_cast<SpreadingPool *>(context);
        const int used = std::min(threads, count);
        self.most_threads_ = std::max(self.most_threads_.load(), used);
        std::vector<std::thread> workers;
        for (int first = 0; first < used; ++first) {
            workers.emplace_back([=] {
                for (int i = first; i < count; i += used) task(argument, i);
            });
        }
        for (std::thread &worker : workers) worker.join();
    }

    std::atomic<int> most_threads_{1};
};

} // namespace normforge::testing
