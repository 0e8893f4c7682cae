// SPDX-License-Identifier: MIT
// The library's own threads: workers that stay, wait for one job at a time, and share out its tasks.
#pragma once

#include "runtime/task_ranges.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace normforge {

/// Counts up to `count` tasks; task(argument, index) never throws.
struct Job {
    void (*task)(void *argument, int index);
    void *argument;
    int count;
};

class Pool {
public:
    Pool() = default;
    ~Pool();
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    /// Starts workers until there are `workers`, or as many as the system gives.
    void grow(int workers) noexcept;

    /// Runs all tasks of a job on the calling thread and at most `threads` - 1 workers; returns when all have returned.
    /// False, with nothing run, if the pool is busy with another thread's job or has no workers.
    bool run(const Job &job, int threads) noexcept;

private:
    bool start_worker() noexcept;
    void work() noexcept;
    void run_tasks(int taker) noexcept;

    TaskRanges ranges_; ///< of the job's tasks
    std::mutex owner_;  ///< held by the thread whose job runs
    std::mutex mutex_;  ///< guards what follows up to the atomics
    std::condition_variable wake_, idle_;
    std::vector<std::thread> workers_;
    Job job_{};
    int joined_ = 0;  ///< threads that have joined the job, the caller first: numbers of takers
    int takers_ = 0;  ///< threads that may join it
    int working_ = 0; ///< workers inside the job
    bool stopping_ = false;

    std::atomic<unsigned> generation_{0}; ///< changes with every job and with stopping; what idle workers watch
    std::atomic<int> busy_{0};            ///< equals working_; what the caller watches while it spins
};

} // namespace normforge
