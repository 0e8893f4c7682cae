// SPDX-License-Identifier: MIT
// The operands of a problem on the device: random inputs, shared by all competitors, and where results go. Dense tensors of
// four axes, channels second or last: what every competitor takes.
#pragma once

#include "runtime/problem.h"
#include "tools/gpu_check/competitor.h"

#include <map>

namespace normforge::gpu_check {

struct Geometry {
    int64_t n = 0, c = 0, h = 0, w = 0;
    bool last = false; ///< nhwc

    int64_t elements() const { return n * c * h * w; }
    int64_t per_channel() const { return n * h * w; }
    int64_t channel_of(int64_t element) const { return last ? element % c : element / (h * w) % c; }
};

/// Throws std::runtime_error for problems that the benchmark does not know: tensors of another kind, other ops and
/// epilogues.
Geometry geometry_of(const Problem &problem);

class Operands {
public:
    explicit Operands(const Problem &problem);

    const nf_description &description() const { return description_; }
    const Geometry &geometry() const { return geometry_; }
    bool is_backward() const;
    size_t tensor_bytes() const;

    /// Memory of an operand, by its name in nf_tensors; null if the op has none of that name.
    void *at(const std::string &name) const;

    /// The arrays that a call writes and that are compared: y, or dx, dresidual, dgamma and dbeta; in forward_train the
    /// saved statistics, too.
    const std::vector<Output> &outputs() const { return outputs_; }

    /// All bits 1 in every output: NaN, if a competitor leaves something unwritten.
    void poison() const;

    /// A tensor like x, for what a competitor keeps.
    Memory tensor() const { return Memory(tensor_bytes()); }
    /// Of c floats.
    Memory channels() const { return Memory(static_cast<size_t>(geometry_.c) * sizeof(float)); }

private:
    void add_tensor(const char *name, double mean, double deviation, unsigned seed);
    void add_channels(const char *name, double low, double high, unsigned seed);
    void add_output(const char *name, int64_t count, nf_dtype dtype);

    nf_description description_;
    Geometry geometry_;
    std::map<std::string, Memory> memory_;
    std::vector<Output> outputs_;
};

} // namespace normforge::gpu_check
