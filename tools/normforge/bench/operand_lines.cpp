// SPDX-License-Identifier: MIT
// Finds the lines of each execution anew: slots differ.
#include "tools/normforge/bench/operand_lines.h"

#include "runtime/threads.h"

#include <algorithm>

namespace normforge::bench {

OperandLines operand_lines(const Operands &operands, size_t slot) {
    const Geometry &geometry = operands.geometry();
    const int64_t bytes = geometry.elements * geometry.element_bytes;
    OperandLines found{};
    int64_t skipped = 0;
    size_t reads = 0, writes = 0;
    for (const auto &tensor : geometry.tensors) {
        auto *begin = operands.memory(tensor.role, slot);
        const auto misaligned = static_cast<int64_t>(reinterpret_cast<uintptr_t>(begin) % kLineBytes);
        skipped = std::min(bytes, (kLineBytes - misaligned) % kLineBytes);
        (tensor.written ? found.lines.writes[writes++] : found.lines.reads[reads++]) = begin + skipped;
    }
    found.bytes = (bytes - skipped) / kLineBytes * kLineBytes;
    return found;
}

int threads_for_lines(const Operands &operands, int threads) {
    return operands.geometry().traffic_bytes < kSerialBytes ? 1 : threads;
}

} // namespace normforge::bench
