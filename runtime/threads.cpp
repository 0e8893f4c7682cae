// SPDX-License-Identifier: MIT
// How many threads, whose pool, and the callback through which kernels reach it; see threads.h.
#include "runtime/threads.h"
#include "runtime/allowed_cpus.h"
#include "runtime/device/device.h"
#include "runtime/pool.h"
#include "runtime/text.h"
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>
#include <pthread.h>

namespace normforge {
namespace {

std::atomic<int> chosen_threads{0}; ///< by nf_set_threads(); 0: the default
std::atomic<nf_parallel_for> host_parallel_for{nullptr};
std::atomic<void *> host_context{nullptr};

std::atomic<int> most_planned{0};         ///< threads that a plan asked for by number
std::atomic<bool> follows_setting{false}; ///< some plan uses nf_threads() of the moment

thread_local int thread_limit = 1;
thread_local bool inside_task = false;

/// Owns the pool. A child after fork() has none of the workers and must not touch locks that they may hold: it forgets the
/// pool (leaking its memory) and makes its own when it needs one.
class PoolHolder {
public:
    PoolHolder() noexcept {
        pthread_atfork(nullptr, nullptr, [] { holder().forget(); });
    }
    ~PoolHolder() { delete pool_.exchange(nullptr); }
    PoolHolder(const PoolHolder &) = delete;
    PoolHolder &operator=(const PoolHolder &) = delete;

    static PoolHolder &holder() {
        static PoolHolder instance;
        return instance;
    }

    Pool *get() const noexcept { return pool_.load(std::memory_order_acquire); }

    Pool *get_or_make() noexcept {
        if (Pool *pool = get()) return pool;
        Pool *made = new (std::nothrow) Pool;
        Pool *expected = nullptr;
        if (pool_.compare_exchange_strong(expected, made)) return made;
        delete made;
        return expected;
    }

private:
    void forget() noexcept { pool_.store(nullptr); }

    std::atomic<Pool *> pool_{nullptr};
};

/// One call of parallel_for, as the task of a pool.
struct KernelTasks {
    int (*task)(void *, int, uint8_t *);
    int min;
    uint8_t *closure;
    std::atomic<int> result{0}; ///< any non-zero result

    static void run(void *argument, int index) {
        KernelTasks &self = *static_cast<KernelTasks *>(argument);
        inside_task = true; // never set here before: a nested parallel_for runs its tasks without this function
        if (const int result = self.task(nullptr, self.min + index, self.closure)) self.result = result;
        inside_task = false;
    }
};

int kernel_parallel_for(int (*task)(void *, int, uint8_t *), int min, int count, uint8_t *closure) {
    KernelTasks tasks{task, min, closure};
    const int threads = inside_task ? 1 : std::min(thread_limit, count);
    if (threads > 1) {
        if (const nf_parallel_for host = host_parallel_for.load(std::memory_order_acquire)) {
            host(host_context.load(std::memory_order_relaxed), threads, count, &KernelTasks::run, &tasks);
            return tasks.result;
        }
        // Another thread's job holds the pool: its workers are busy anyway, so this job stays on its own thread.
        if (Pool *pool = PoolHolder::holder().get(); pool && pool->run({&KernelTasks::run, &tasks, count}, threads))
            return tasks.result;
    }
    for (int i = 0; i < count; ++i)
        if (const int result = task(nullptr, min + i, closure)) tasks.result = result;
    return tasks.result;
}

/// Gives the own pool the workers that the plans made so far can use.
void grow_pool() noexcept {
    const int threads = std::max(most_planned.load(), follows_setting ? thread_count() : 0);
    if (threads < 2 || host_parallel_for.load()) return;
    if (Pool *pool = PoolHolder::holder().get_or_make()) pool->grow(threads - 1);
}

int launch(const char *entry, const int *grid, int shared_bytes, const size_t *sizes, void **arguments,
           const int8_t *is_buffer) {
    return DeviceScope::launch({entry, grid, shared_bytes, sizes, arguments, is_buffer});
}

constexpr nf_kernel_host kHost = {&kernel_parallel_for, &DeviceScope::load, &launch};

/// NORMFORGE_THREADS as a number from 1 to kMaxThreads, 0 if it is nothing of the kind. `text` becomes what it holds, null
/// where it is unset or empty.
int environment_threads(const char *&text) noexcept {
    text = std::getenv("NORMFORGE_THREADS");
    if (text && !*text) text = nullptr;
    int64_t wanted = 0;
    const char *end = text ? read_number(text, wanted) : nullptr;
    return end && *end == '\0' && wanted >= 1 && wanted <= kMaxThreads ? static_cast<int>(wanted) : 0;
}

/// NORMFORGE_THREADS if it is a usable number, else the CPUs this process may use.
int default_threads() noexcept {
    const char *text = nullptr;
    const int wanted = environment_threads(text);
    return wanted ? wanted : std::min(allowed_cpus(), kMaxThreads);
}

} // namespace

int thread_count() noexcept {
    if (const int chosen = chosen_threads.load(std::memory_order_relaxed)) return chosen;
    static const int threads = default_threads(); // reads /proc: once, not per execution
    return threads;
}

Status set_thread_count(int threads) {
    if (threads < 0 || threads > kMaxThreads)
        return {NF_INVALID_ARGUMENT,
                "threads is " + std::to_string(threads) + ", expected 0 to " + std::to_string(kMaxThreads)};
    chosen_threads = threads;
    grow_pool();
    return {};
}

Status check_thread_count() {
    const char *text = nullptr;
    if (chosen_threads || environment_threads(text) || !text) return {};
    return {NF_INVALID_ARGUMENT, std::string("NORMFORGE_THREADS is \"") + text + "\", expected a whole number from 1 to " +
                                     std::to_string(kMaxThreads)};
}

void set_host_parallel_for(nf_parallel_for parallel_for, void *context) noexcept {
    host_context = context;
    host_parallel_for = parallel_for;
    grow_pool();
}

void prepare_threads(int threads) noexcept {
    if (threads == 0) follows_setting = true;
    for (int most = most_planned; threads > most && !most_planned.compare_exchange_weak(most, threads);) {}
    grow_pool();
}

const nf_kernel_host *kernel_host() noexcept {
    return &kHost;
}

ThreadLimit::ThreadLimit(int threads) noexcept : previous_(thread_limit) {
    thread_limit = threads;
}

ThreadLimit::~ThreadLimit() {
    thread_limit = previous_;
}

} // namespace normforge
