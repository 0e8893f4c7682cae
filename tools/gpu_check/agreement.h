// SPDX-License-Identifier: MIT
// A peer that computes something else is none: its results against ours, before anything is timed. The tests on the device
// compare ours with the float64 reference; this is about whether the peer was called rightly.
#pragma once

#include "tools/gpu_check/ours.h"

namespace normforge::gpu_check {

class Agreement {
public:
    /// Runs ours, and keeps samples of what it wrote.
    Agreement(const Operands &operands, Ours &ours);

    /// Runs a peer. What differs, "" if nothing does.
    std::string difference(Competitor &peer) const;

private:
    /// Elements [first, first + values.size()) of an array.
    struct Slice {
        int64_t first;
        std::vector<float> values;
    };
    static std::vector<Slice> slices(const Output &output);

    bool tolerated(const Output &output, int64_t element, float wanted, float got) const;
    /// Whether an element's pre-activation is so near 0 that roundings decide on which side of ReLU it is.
    bool at_edge(int64_t element) const;

    const Operands &operands_;
    std::vector<std::vector<Slice>> wanted_;          ///< of operands_.outputs()
    std::vector<Slice> x_, residual_;                 ///< of backward with ReLU
    std::vector<float> gamma_, beta_, mean_, invstd_; ///< likewise
};

} // namespace normforge::gpu_check
