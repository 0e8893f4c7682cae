// SPDX-License-Identifier: MIT
// See stopwatch.h. The delay is a kernel of one thread that counts clock cycles: it touches no memory, so caches stay as
// they are.
#include "tools/gpu_check/stopwatch.h"

#include <algorithm>
#include <chrono>

namespace normforge::gpu_check {

namespace {

constexpr size_t kLeastFlushedBytes = size_t{256} << 20;

/// 0.25 to 0.35 ms at 2.0 to 1.4 GHz: longer than PyTorch needs to launch a backward pass.
constexpr unsigned long long kDelayCycles = 500'000;

constexpr const char *kDelayCode = R"(.version 7.0
.target sm_80
.address_size 64
.visible .entry delay(.param .u64 cycles)
{
    .reg .u64 %first, %passed, %wanted;
    .reg .pred %early;
    ld.param.u64 %wanted, [cycles];
    mov.u64 %first, %clock64;
again:
    mov.u64 %passed, %clock64;
    sub.u64 %passed, %passed, %first;
    setp.lt.u64 %early, %passed, %wanted;
    @%early bra again;
    ret;
}
)";

} // namespace

Stopwatch::Stopwatch() : flushed_(std::max(kLeastFlushedBytes, static_cast<size_t>(4 * device_facts().cache_bytes))) {
    require(driver().create_event(&begin_, 0), "cuEventCreate");
    require(driver().create_event(&end_, 0), "cuEventCreate");
    void *module = nullptr;
    require(driver().load_module(&module, kDelayCode), "cuModuleLoadData");
    require(driver().find_function(&delay_, module, "delay"), "cuModuleGetFunction");
}

Sample Stopwatch::time(bool cold, const std::function<void()> &work) const {
    using Clock = std::chrono::steady_clock;
    if (cold)
        flushed_.fill(1);
    else
        work();
    unsigned long long cycles = kDelayCycles;
    void *argument = &cycles;
    require(driver().launch(delay_, 1, 1, 1, 1, 1, 1, 0, nullptr, &argument, nullptr), "cuLaunchKernel");
    require(driver().record(begin_, nullptr), "cuEventRecord");
    const auto before = Clock::now();
    work();
    const auto launched = Clock::now();
    require(driver().record(end_, nullptr), "cuEventRecord");
    require(driver().wait(end_), "cuEventSynchronize");
    float milliseconds = 0;
    require(driver().elapsed(&milliseconds, begin_, end_), "cuEventElapsedTime");
    return {milliseconds, std::chrono::duration<double, std::milli>(launched - before).count()};
}

} // namespace normforge::gpu_check
