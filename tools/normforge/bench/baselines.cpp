// SPDX-License-Identifier: MIT
// The reference that no implementation can beat: each tensor that the op reads is read once, each that it writes is written
// once, with no other work. Split over the library's own pool, as kernels are.
#include "runtime/threads.h"
#include "tools/normforge/bench/competitor.h"
#include "tools/normforge/bench/stream_lines.h"

#include <algorithm>

namespace normforge::bench {

namespace {

class Baseline final : public Competitor {
public:
    Baseline(const Operands &operands, int reads, int threads, bool streaming)
        : Competitor(operands.geometry().tensors.size() == 2 ? "copy" : "triad"),
          operands_(operands),
          bytes_(operands.geometry().elements * operands.geometry().element_bytes),
          threads_(operands.geometry().traffic_bytes < kSerialBytes ? 1 : threads),
          loops_(widest_loop(reads, static_cast<int>(operands.geometry().tensors.size()) - reads, streaming)) {
        prepare_threads(threads_);
    }

    std::string implementation() const override { return loops_.name; }

    void run(size_t slot) override {
        // Lines begin at the first multiple of 64 bytes, which is at the same place in all tensors. What is before it, or
        // behind the last line, is too short to matter.
        int64_t skipped = 0;
        size_t reads = 0, writes = 0;
        for (const auto &tensor : operands_.geometry().tensors) {
            auto *begin = operands_.memory(tensor.role, slot);
            const auto misaligned = static_cast<int64_t>(reinterpret_cast<uintptr_t>(begin) % kLineBytes);
            skipped = std::min(bytes_, (kLineBytes - misaligned) % kLineBytes);
            (tensor.written ? lines_.writes[writes++] : lines_.reads[reads++]) = begin + skipped;
        }
        line_count_ = (bytes_ - skipped) / kLineBytes;
        const ThreadLimit limit(threads_);
        kernel_host()->parallel_for(run_piece, 0, pieces(), reinterpret_cast<uint8_t *>(this));
    }

private:
    /// Some more pieces than threads, so that a thread that lost its core for a while does not hold up the others.
    int pieces() const { return threads_ == 1 ? 1 : 4 * threads_; }

    static int run_piece(void *, int index, uint8_t *closure) {
        const auto &self = *reinterpret_cast<Baseline *>(closure);
        const int64_t begin = self.line_count_ * index / self.pieces();
        const int64_t end = self.line_count_ * (index + 1) / self.pieces();
        self.loops_.loop(self.lines_, begin * kLineBytes, (end - begin) * kLineBytes);
        return 0;
    }

    const Operands &operands_;
    int64_t bytes_;
    int threads_;
    LineLoops loops_;
    Lines lines_{};
    int64_t line_count_ = 0;
};

} // namespace

std::unique_ptr<Competitor> make_baseline(const Operands &operands, int threads, bool streaming) {
    const auto &tensors = operands.geometry().tensors;
    const auto reads = std::count_if(tensors.begin(), tensors.end(), [](const OpTensor &one) { return !one.written; });
    return std::make_unique<Baseline>(operands, static_cast<int>(reads), threads, streaming);
}

} // namespace normforge::bench
