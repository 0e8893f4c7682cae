// SPDX-License-Identifier: MIT
// Which of an op's tensors the sweeps of its floor read and write.
#pragma once

#include "runtime/symbol.h"
#include "tools/normforge/bench/geometry.h"
#include "tools/normforge/bench/stream_lines.h"

namespace normforge::bench {

/// Those of the kernel that a plan ends with and, before it, of the one that writes the residual's gradient. The lines of an
/// op are in the order of Geometry::tensors: forward x and a residual, backward x, y if it is read, and dy.
class FloorTensors {
public:
    FloorTensors(const Geometry &geometry, const VariantName &kernel) {
        for (const auto &tensor : geometry.tensors) {
            op_reads_ += !tensor.written;
            residual_first_ |= tensor.role == kDresidual;
        }
        reads_dresidual_ = residual_first_ && kernel.epilogue == NF_EPILOGUE_NONE;
        sums_ = kernel.op == NF_FORWARD_INFERENCE ? 0 : geometry.backward ? reads() : 1;
    }

    /// Tensors that the kernel reads in the sweep that writes.
    int reads() const { return reads_dresidual_ ? 2 : op_reads_; }

    /// Tensors that it reads in its first sweep, the first of those; none if there is no such sweep.
    int sums() const { return sums_; }

    /// A kernel of its own writes the residual's gradient, before the other.
    bool residual_first() const { return residual_first_; }

    /// What that kernel reads: dy, and y where that tells the derivative.
    int residual_reads() const { return op_reads_ - 1; }

    /// Its lines.
    Lines residual_lines(Lines op) const {
        op.reads[0] = op.reads[1];
        op.reads[1] = op.reads[2];
        op.writes[0] = op.writes[1];
        return op;
    }

    /// The other's lines. One without an epilogue takes the residual's gradient, which was just written, as dy (see
    /// compose.cpp), so that it needs no y.
    Lines kernel_lines(Lines op) const {
        if (reads_dresidual_) op.reads[1] = op.writes[1];
        return op;
    }

private:
    int op_reads_ = 0, sums_ = 0;
    bool residual_first_ = false;
    bool reads_dresidual_ = false;
};

} // namespace normforge::bench
