// SPDX-License-Identifier: MIT
// The pool, see pool.h. A worker joins and leaves a job under the mutex, so a late one can never see half of the next job;
// tasks themselves are taken without it.
#include "runtime/pool.h"
#include <algorithm>
#include <csignal>
#include <pthread.h>

namespace normforge {
namespace {

// Spins of about 40 cycles each before a thread sleeps: some 20 us, longer than the gap between the stages of one kernel,
// short enough not to take a core from whoever runs next.
constexpr int kSpins = 1500;

void relax() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb"); // some 30 to 40 cycles; "yield" takes none on most cores (rust-lang/rust, pull request 84725)
#endif
}

/// Waits a while for done() without sleeping.
template <class Done>
bool spin_until(const Done &done) noexcept {
    for (int i = 0; i < kSpins; ++i) {
        if (done()) return true;
        relax();
    }
    return done();
}

} // namespace

Pool::~Pool() {
    const std::lock_guard owner(owner_); // a job that still runs ends first
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (std::thread &worker : workers_) worker.join();
}

void Pool::grow(int workers) noexcept {
    const std::lock_guard owner(owner_); // no job runs while the vector may move
    if (workers <= static_cast<int>(workers_.size())) return;
    // The host's signals are for the host's threads; a new thread inherits the mask.
    sigset_t all, previous;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &previous);
    while (static_cast<int>(workers_.size()) < workers && ranges_.reserve(static_cast<int>(workers_.size()) + 2) &&
           start_worker()) {}
    pthread_sigmask(SIG_SETMASK, &previous, nullptr);
}

bool Pool::start_worker() noexcept {
    try {
        workers_.emplace_back([this] { work(); });
        return true;
    } catch (...) {
        return false; // no memory or no more threads: those there are do the work
    }
}

bool Pool::run(const Job &job, int threads) noexcept {
    const std::unique_lock owner(owner_, std::try_to_lock);
    if (!owner || workers_.empty()) return false;
    {
        const std::lock_guard lock(mutex_);
        job_ = job;
        takers_ = std::min(threads, static_cast<int>(workers_.size()) + 1);
        joined_ = 1;
        ranges_.share_out(job.count, takers_);
        generation_.fetch_add(1);
    }
    wake_.notify_all();
    run_tasks(0);
    {
        const std::lock_guard lock(mutex_);
        takers_ = 0; // all tasks are taken: who has not joined need not
    }
    if (!spin_until([this] { return busy_.load(std::memory_order_acquire) == 0; })) {
        std::unique_lock lock(mutex_);
        idle_.wait(lock, [this] { return working_ == 0; });
    }
    return true;
}

void Pool::run_tasks(int taker) noexcept {
    for (int index; (index = ranges_.take(taker)) != TaskRanges::kNone;) job_.task(job_.argument, index);
}

void Pool::work() noexcept {
    unsigned seen = 0;
    for (;;) {
        int taker = 0;
        spin_until([&] { return generation_.load(std::memory_order_acquire) != seen; });
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return generation_.load() != seen; });
            seen = generation_.load();
            if (stopping_) return;
            if (joined_ >= takers_) continue;
            taker = joined_++;
            busy_.store(++working_, std::memory_order_release);
        }
        run_tasks(taker);
        const std::lock_guard lock(mutex_);
        busy_.store(--working_, std::memory_order_release);
        if (working_ == 0) idle_.notify_all();
    }
}

} // namespace normforge
