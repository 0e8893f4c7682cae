// SPDX-License-Identifier: MIT
// The whole cache lines of an op's tensors, for the loops of stream_lines.h.
#pragma once

#include "tools/normforge/bench/operands.h"
#include "tools/normforge/bench/stream_lines.h"

namespace normforge::bench {

struct OperandLines {
    Lines lines;
    int64_t bytes; ///< of one tensor's lines
};

/// What an op reads and writes in one slot, in the order of Geometry::tensors. Lines begin at the first multiple of 64
/// bytes, which is at the same place in all tensors; what is before it, or behind the last line, is too short to matter.
OperandLines operand_lines(const Operands &operands, size_t slot);

/// Threads that share an op's lines: one where kernels run on the calling thread.
int threads_for_lines(const Operands &operands, int threads);

} // namespace normforge::bench
