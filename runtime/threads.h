// SPDX-License-Identifier: MIT
// Threads: how many, and the pool that kernels reach through nf_kernel_host. A kernel never sees the pool: it calls
// parallel_for, and the execution in progress on its thread says how many threads that may use.
#pragma once

#include "runtime/error.h"
#include <cstdint>
#include <normforge/kernel_table.h>

namespace normforge {

/// Problems that touch fewer bytes run on the calling thread. Waking a sleeping worker costs 5 to 50 us, in which one core
/// moves about this much through its cache: one image of ResNet-50's shapes with 290 to 490 KB took two threads as long as
/// one at best, twice as long at worst; from 1 MB on two threads mostly win.
inline constexpr int64_t kSerialBytes = 512 * 1024;

/// Most threads a description, nf_set_threads() or NORMFORGE_THREADS may ask for.
inline constexpr int kMaxThreads = 1024;

/// What nf_threads() and nf_set_threads() do.
int thread_count() noexcept;
Status set_thread_count(int threads);

/// Refuses a NORMFORGE_THREADS that thread_count() cannot use, unless nf_set_threads() was called instead.
Status check_thread_count();

/// What nf_set_parallel_for() does.
void set_host_parallel_for(nf_parallel_for parallel_for, void *context) noexcept;

/// Says that a plan will use `threads` threads, the caller being one, 0 for nf_threads() of the moment: makes sure that the
/// own pool has workers for them, now and whenever nf_set_threads() or nf_set_parallel_for() changes what is needed. Where
/// there are none (no memory, a fork since) the work is done by those there are. Execution itself creates nothing.
void prepare_threads(int threads) noexcept;

/// The functions that kernels call back.
const nf_kernel_host *kernel_host() noexcept;

/// For the length of its life, kernels called on this thread may use this many threads.
class ThreadLimit {
public:
    explicit ThreadLimit(int threads) noexcept;
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit &) = delete;
    ThreadLimit &operator=(const ThreadLimit &) = delete;

private:
    int previous_;
};

} // namespace normforge
