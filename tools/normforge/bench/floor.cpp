// SPDX-License-Identifier: MIT
// What memory allows with our kernels' sweeps: the tensors that a kernel sums over are read, then all that it reads is read
// again and its output written, channel by channel or by rows, with the stores that the plan chose.
#include "runtime/dispatch.h"
#include "runtime/symbol.h"
#include "tools/normforge/bench/competitor.h"
#include "tools/normforge/bench/floor_sweeps.h"
#include "tools/normforge/bench/floor_tensors.h"
#include "tools/normforge/bench/operand_lines.h"
#include "tools/normforge/bench/parallel_tasks.h"

namespace normforge::bench {

namespace {

class Floor final : public Competitor {
public:
    Floor(const Operands &operands, const VariantName &kernel, int threads)
        : Competitor("floor"),
          operands_(operands),
          tensors_(operands.geometry(), kernel),
          op_(kernel.op),
          form_(kernel.form),
          threads_(threads_for_lines(operands, threads)) {
        const bool streaming = kernel.store == NF_STORE_STREAM;
        const int sums = tensors_.sums();
        // Rows are read in order: their prefetchers need no help.
        const LineLoops writing = widest_loop(tensors_.reads(), 1, streaming, form_ == NF_FORM_LAST ? 0 : sums);
        implementation_ = writing.name;
        loops_.write = writing.loop;
        if (sums > 0) loops_.read = widest_loop(sums, 0, false, sums).loop;
        if (tensors_.residual_first()) residual_loop_ = widest_loop(tensors_.residual_reads(), 1, streaming).loop;
        prepare_threads(threads_);
    }

    std::string implementation() const override { return implementation_; }

    void run(size_t slot) override {
        const OperandLines found = operand_lines(operands_, slot);
        if (tensors_.residual_first())
            sweep_once({tensors_.residual_lines(found.lines), found.bytes, threads_}, residual_loop_);
        const FloorLines all{tensors_.kernel_lines(found.lines), found.bytes, threads_};
        if (tensors_.sums() == 0)
            sweep_once(all, loops_.write);
        else if (form_ == NF_FORM_LAST)
            sweep_rows(all, loops_);
        else
            sweep_channels(all, channels(), loops_);
    }

private:
    FloorChannels channels() const {
        const Canonical &x = operands_.geometry().x();
        const ElementBytes bytes(operands_.dtype(), NF_CHANNEL_DEFAULT);
        const int64_t group = form_ == NF_FORM_SMALL_PLANES ? choose_group(op_, x.c, x.s, bytes, threads_) : 1;
        return {x.n, x.c / group, group * x.s * operands_.geometry().element_bytes};
    }

    const Operands &operands_;
    FloorTensors tensors_;
    nf_op op_;
    nf_form form_;
    int threads_;
    FloorLoops loops_{};
    LineLoop residual_loop_ = nullptr;
    std::string implementation_;
};

} // namespace

std::unique_ptr<Competitor> make_floor(const Problem &problem, const Operands &operands, const std::string &variant,
                                       int threads) {
    const nf_op op = problem.description.op;
    const bool known = op == NF_FORWARD_TRAIN || op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_TRAIN;
    if (!kVectorLoops || !known || !operands.geometry().dense) return nullptr;
    const VariantName kernel = parse_symbol(variant);
    if (kernel.op != op) return nullptr; // in phases
    return std::make_unique<Floor>(operands, kernel, threads);
}

} // namespace normforge::bench
