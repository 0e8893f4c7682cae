// SPDX-License-Identifier: MIT
// See stopwatch.h. The delay is a kernel of one thread that counts clock cycles: it touches no memory, so caches stay as
// they are. What is written to empty the cache stays in it, to be written back whenever its place is needed: reading as much
// again has that done before.
#include "tools/gpu_check/stopwatch.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace normforge::gpu_check {

namespace {

constexpr size_t kLeastFlushedBytes = size_t{256} << 20;

/// 0.25 to 0.35 ms at 2.0 to 1.4 GHz: longer than PyTorch needs to launch a backward pass.
constexpr unsigned long long kDelayCycles = 500'000;

constexpr unsigned kReadBlocks = 2048, kReadThreads = 256;

constexpr const char *kCode = R"(.version 7.0
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
.visible .entry read_all(.param .u64 memory, .param .u64 bytes)
{
    .reg .u64 %begin, %at, %end, %step;
    .reg .u32 %thread, %threads, %block, %blocks, %a, %b, %c, %d, %all;
    .reg .pred %done, %ordinary;
    ld.param.u64 %begin, [memory];
    ld.param.u64 %end, [bytes];
    add.u64 %end, %end, %begin;
    mov.u32 %thread, %tid.x;
    mov.u32 %threads, %ntid.x;
    mov.u32 %block, %ctaid.x;
    mov.u32 %blocks, %nctaid.x;
    mad.lo.u32 %thread, %block, %threads, %thread;
    mad.wide.u32 %at, %thread, 16, %begin;
    mul.lo.u32 %threads, %threads, %blocks;
    mul.wide.u32 %step, %threads, 16;
    mov.u32 %all, 0;
again:
    setp.ge.u64 %done, %at, %end;
    @%done bra finished;
    ld.global.v4.u32 {%a, %b, %c, %d}, [%at];
    xor.b32 %a, %a, %b;
    xor.b32 %c, %c, %d;
    xor.b32 %a, %a, %c;
    xor.b32 %all, %all, %a;
    add.u64 %at, %at, %step;
    bra again;
finished: // a use of what was read; the memory is filled with bytes of 1, of which none comes of it
    setp.ne.u32 %ordinary, %all, 0x02468ace;
    @%ordinary bra ended;
    st.global.u32 [%begin], %all;
ended:
    ret;
}
)";

} // namespace

Stopwatch::Stopwatch()
    : flushed_(std::max(kLeastFlushedBytes, static_cast<size_t>(4 * device_facts().cache_bytes))), read_(flushed_.bytes()) {
    require(driver().create_event(&begin_, 0), "cuEventCreate");
    require(driver().create_event(&end_, 0), "cuEventCreate");
    void *module = nullptr;
    require(driver().load_module(&module, kCode), "cuModuleLoadData");
    require(driver().find_function(&delay_, module, "delay"), "cuModuleGetFunction");
    require(driver().find_function(&read_kernel_, module, "read_all"), "cuModuleGetFunction");
    read_.fill(1);
}

void Stopwatch::read_all() const {
    Address memory = read_.address();
    unsigned long long bytes = read_.bytes() / 16 * 16;
    std::array<void *, 2> arguments = {&memory, &bytes};
    require(driver().launch(read_kernel_, kReadBlocks, 1, 1, kReadThreads, 1, 1, 0, nullptr, arguments.data(), nullptr),
            "cuLaunchKernel");
}

Sample Stopwatch::time(bool cold, const std::function<void()> &work) const {
    using Clock = std::chrono::steady_clock;
    if (cold) {
        flushed_.fill(1);
        read_all();
    } else {
        work();
    }
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
