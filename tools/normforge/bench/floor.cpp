// SPDX-License-Identifier: MIT
// What memory allows with our kernels' sweeps: the tensors that a kernel sums over are read, then all that it reads is read
// again and its output written, channel by channel or by rows, with the stores that the plan chose.
#include "runtime/dispatch.h"
#include "runtime/symbol.h"
#include "tools/normforge/bench/competitor.h"
#include "tools/normforge/bench/floor_sweeps.h"
#include "tools/normforge/bench/operand_lines.h"
#include "tools/normforge/bench/parallel_tasks.h"

namespace normforge::bench {

namespace {

class Floor final : public Competitor {
public:
    Floor(const Operands &operands, const VariantName &kernel, int threads)
        : Competitor("floor"), operands_(operands), form_(kernel.form), threads_(threads_for_lines(operands, threads)) {
        const Geometry &geometry = operands.geometry();
        int reads = 0;
        for (const auto &tensor : geometry.tensors) {
            reads += !tensor.written;
            writes_residual_ |= tensor.role == kDresidual;
        }
        const bool streaming = kernel.store == NF_STORE_STREAM;
        sums_ = kernel.op == NF_FORWARD_INFERENCE ? 0 : geometry.backward ? reads : 1;
        // Rows are read in order: their prefetchers need no help.
        const LineLoops writing = widest_loop(reads, 1, streaming, form_ == NF_FORM_LAST ? 0 : sums_);
        implementation_ = writing.name;
        loops_.write = writing.loop;
        if (sums_ > 0) loops_.read = widest_loop(sums_, 0, false, sums_).loop;
        if (writes_residual_) residual_loop_ = widest_loop(reads - 1, 1, streaming).loop;
        prepare_threads(threads_);
    }

    std::string implementation() const override { return implementation_; }

    void run(size_t slot) override {
        const OperandLines found = operand_lines(operands_, slot);
        const FloorLines all{found.lines, found.bytes, threads_};
        if (writes_residual_) sweep_residual(all);
        if (sums_ == 0)
            sweep_once(all, loops_.write);
        else if (form_ == NF_FORM_LAST)
            sweep_rows(all, loops_);
        else
            sweep_channels(all, channels(), loops_);
    }

private:
    /// The residual's gradient has a kernel of its own, which runs first: dy, and y where that tells the derivative.
    void sweep_residual(FloorLines all) const {
        all.lines.reads[0] = all.lines.reads[1];
        all.lines.reads[1] = all.lines.reads[2];
        all.lines.writes[0] = all.lines.writes[1];
        sweep_once(all, residual_loop_);
    }

    FloorChannels channels() const {
        const Canonical &x = operands_.geometry().x();
        const ElementBytes bytes(operands_.dtype(), NF_CHANNEL_DEFAULT);
        const int64_t group = form_ == NF_FORM_SMALL_PLANES ? choose_group(x.c, x.s, bytes, threads_) : 1;
        return {x.n, x.c / group, group * x.s * operands_.geometry().element_bytes};
    }

    const Operands &operands_;
    nf_form form_;
    int threads_;
    int sums_ = 0; ///< tensors that the first sweep reads, none if there is no such sweep
    bool writes_residual_ = false;
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
