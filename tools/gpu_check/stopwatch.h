// SPDX-License-Identifier: MIT
// Time on the device of what is launched on the default stream, between events.
#pragma once

#include "tools/gpu_check/driver.h"
#include "tools/gpu_check/result.h"

#include <functional>

namespace normforge::gpu_check {

class Stopwatch {
public:
    Stopwatch();

    /// One sample. Cold: a buffer of several times the L2 cache is written before, then another one read, so that no sample
    /// pays for writing back what the cache holds. Warm: `work` runs once before, untimed.
    /// The device is kept busy until everything is launched, so that launches cost nothing that the device could hide;
    /// how long they took on the CPU is part of the sample.
    Sample time(bool cold, const std::function<void()> &work) const;

    size_t flushed_bytes() const { return flushed_.bytes(); }

private:
    void read_all() const;

    Memory flushed_, read_; ///< of the same size
    void *begin_ = nullptr, *end_ = nullptr, *delay_ = nullptr, *read_kernel_ = nullptr;
};

} // namespace normforge::gpu_check
