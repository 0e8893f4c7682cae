// SPDX-License-Identifier: MIT
// What the GPU benchmark times beside the copy: ours and peers, on the same operands.
#pragma once

#include "tools/gpu_check/driver.h"
#include "tools/normforge/bench/named.h"

#include <memory>
#include <normforge/normforge.h>
#include <string>
#include <vector>

namespace normforge::gpu_check {

/// An array on the device that a competitor wrote.
struct Output {
    std::string name; ///< of the operand in nf_tensors
    Address address;
    int64_t count;
    nf_dtype dtype;
};

class Competitor : public bench::Named {
public:
    using Named::Named;

    /// Launches the whole op on the default stream. Throws std::runtime_error if it cannot.
    virtual void run() = 0;

    /// Where the last run() put its results.
    virtual std::vector<Output> outputs() const = 0;
};

/// A peer that cannot run the problem; the text says why. Not an error of the benchmark.
class NotOffered : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

} // namespace normforge::gpu_check
