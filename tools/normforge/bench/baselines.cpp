// SPDX-License-Identifier: MIT
// The reference that no implementation can beat: each tensor that the op reads is read once, each that it writes is written
// once, with no other work. Split over the library's own pool, as kernels are.
#include "tools/normforge/bench/competitor.h"
#include "tools/normforge/bench/operand_lines.h"
#include "tools/normforge/bench/parallel_tasks.h"

#include <algorithm>

namespace normforge::bench {

namespace {

class Baseline final : public Competitor {
public:
    Baseline(const Operands &operands, int reads, int threads, bool streaming)
        : Competitor(operands.geometry().tensors.size() == 2 ? "copy" : "triad"),
          operands_(operands),
          threads_(threads_for_lines(operands, threads)),
          loops_(widest_loop(reads, static_cast<int>(operands.geometry().tensors.size()) - reads, streaming)) {
        prepare_threads(threads_);
    }

    std::string implementation() const override { return loops_.name; }

    void run(size_t slot) override {
        const OperandLines all = operand_lines(operands_, slot);
        const int64_t count = all.bytes / kLineBytes;
        // Some more pieces than threads, so that a thread that lost its core for a while does not hold up the others.
        const int pieces = threads_ == 1 ? 1 : 4 * threads_;
        parallel_tasks(threads_, pieces, [&](int index) {
            const int64_t begin = count * index / pieces, end = count * (index + 1) / pieces;
            loops_.loop(all.lines, begin * kLineBytes, (end - begin) * kLineBytes);
            finish_streaming();
        });
    }

private:
    const Operands &operands_;
    int threads_;
    LineLoops loops_;
};

} // namespace

std::unique_ptr<Competitor> make_baseline(const Operands &operands, int threads, bool streaming) {
    const auto &tensors = operands.geometry().tensors;
    const auto reads = std::count_if(tensors.begin(), tensors.end(), [](const OpTensor &one) { return !one.written; });
    return std::make_unique<Baseline>(operands, static_cast<int>(reads), threads, streaming);
}

} // namespace normforge::bench
