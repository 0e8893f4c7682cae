// SPDX-License-Identifier: MIT
// PyTorch as a peer: the CPU kernels behind torch.nn.functional.batch_norm, called through ATen in inference mode, ReLU and
// the addition in place after them. A module of its own, as the program must run without PyTorch.
#include "tools/normforge/bench/torch_module.h"

#include "runtime/ops.h"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/native_batch_norm.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/threshold_backward.h>
#include <c10/core/InferenceMode.h>
#include <malloc.h>
#include <torch/headeronly/version.h>

namespace normforge::bench {

namespace {

c10::ScalarType scalar_type(nf_dtype dtype) {
    switch (dtype) {
    case NF_F64: return at::kDouble;
    case NF_F16: return at::kHalf;
    case NF_BF16: return at::kBFloat16;
    case NF_F32: break;
    }
    return at::kFloat;
}

/// A slot's tensors; undefined where the op has none.
struct TorchSlot {
    at::Tensor x, residual, y, dy, dx, dresidual;
};

class Torch final : public Competitor {
public:
    Torch(const Problem &problem, const Operands &operands, int threads)
        : Competitor("torch"), operands_(operands), description_(problem.description), threads_(threads) {
        const c10::InferenceMode guard;
        gamma_ = channels(operands.gamma);
        beta_ = channels(operands.beta);
        mean_ = channels(operands.mean);
        invstd_ = channels(operands.invstd);
        running_mean_ = channels(operands.running_mean);
        running_variance_ = channels(operands.running_variance);
        saved_mean_ = channels(operands.saved_mean);
        saved_invstd_ = channels(operands.saved_invstd);
        for (size_t i = 0; i < operands.slots(); i++) {
            const Slot slot = operands.slot(i);
            slots_.push_back(
                {tensor(slot.x), tensor(slot.residual), tensor(slot.y), tensor(slot.dy), {}, tensor(slot.dresidual)});
        }
        if (operands.geometry().backward && relu()) prepare_relu_backward();
    }

    std::string implementation() const override {
        const char *name = operands_.geometry().backward ? "native_batch_norm_backward" : "native_batch_norm";
        return std::string(name) +
               (adds_residual(description_.epilogue) && !operands_.geometry().backward ? " + add_" : "") +
               (relu() ? operands_.geometry().backward ? " + threshold_backward" : " + relu_" : "");
    }

    void run(size_t index) override {
        const c10::InferenceMode guard;
        at::set_num_threads(threads_);
        TorchSlot &slot = slots_[index];
        if (operands_.geometry().backward) {
            backward(slot);
        } else {
            forward(slot, slot.y);
            if (slot.residual.defined()) slot.y.add_(slot.residual);
            if (relu()) slot.y.relu_();
        }
    }

    bool spins_afterwards() const override { return threads_ > 1; } // libgomp's workers do

    /// dx has no out variant that writes in place: it is where PyTorch allocated it.
    void *result(const Slot &slot) const override {
        for (const auto &one : slots_) {
            if (one.x.data_ptr() == slot.x && one.dx.defined()) return one.dx.data_ptr();
        }
        return slot.output();
    }

private:
    bool relu() const { return activation_of(description_.epilogue) == NF_EPILOGUE_RELU; }

    at::Tensor channels(const Buffer &buffer) const {
        const auto &geometry = operands_.geometry();
        return at::from_blob(buffer.data(), {geometry.channels()}, geometry.channel_bytes == 8 ? at::kDouble : at::kFloat);
    }

    /// As (n, c, s, 1), contiguous or channels_last: the kernels merge spatial axes anyway.
    at::Tensor tensor(void *data) const {
        if (!data) return {};
        const Canonical &x = operands_.geometry().x();
        const auto type = scalar_type(operands_.dtype());
        if (x.s == 1) return at::from_blob(data, {x.n, x.c}, type);
        const bool last = x.stride_c < x.stride_s;
        return at::from_blob(data, {x.n, x.c, x.s, 1}, {x.c * x.s, last ? 1 : x.s, last ? x.c : 1, last ? x.c : 1}, type);
    }

    void forward(const TorchSlot &slot, at::Tensor &y) {
        const bool train = description_.op == NF_FORWARD_TRAIN || description_.op == NF_BACKWARD_TRAIN;
        at::native_batch_norm_out(y, saved_mean_, saved_invstd_, slot.x, gamma_, beta_, running_mean_, running_variance_,
                                  train, 1 - description_.momentum, description_.eps);
    }

    void backward(TorchSlot &slot) {
        if (relu()) at::threshold_backward_out(slot.dresidual, slot.dy, slot.y, 0);
        slot.dx.reset(); // so that its memory is what is allocated next
        const auto &dz = relu() ? slot.dresidual : slot.dy;
        std::tie(slot.dx, dgamma_, dbeta_) =
            at::native_batch_norm_backward(dz, slot.x, gamma_, running_mean_, running_variance_, mean_, invstd_,
                                           description_.op == NF_BACKWARD_TRAIN, description_.eps, {true, true, true});
    }

    /// Autograd keeps y, off which the derivative is read; an op without a residual does not have it. The gradient by the
    /// affine step's result is the residual's; where nobody asked for that, it stays in one buffer.
    void prepare_relu_backward() {
        at::Tensor unasked;
        for (auto &slot : slots_) {
            if (!slot.y.defined()) {
                slot.y = at::empty_like(slot.x);
                forward(slot, slot.y);
                slot.y.relu_();
            }
            if (slot.dresidual.defined()) continue;
            if (!unasked.defined()) unasked = at::empty_like(slot.x);
            slot.dresidual = unasked;
        }
    }

    const Operands &operands_;
    nf_description description_;
    int threads_;
    at::Tensor gamma_, beta_, mean_, invstd_, running_mean_, running_variance_, saved_mean_, saved_invstd_, dgamma_, dbeta_;
    std::vector<TorchSlot> slots_;
};

std::unique_ptr<Competitor> make_torch(const Problem &problem, const Operands &operands, int threads, std::string &why_not) {
    if (!operands.geometry().dense) {
        why_not = "PyTorch copies tensors with gaps first: not compared";
        return nullptr;
    }
    try {
        auto torch = std::make_unique<Torch>(problem, operands, threads);
        torch->run(0);
        return torch;
    } catch (const c10::Error &error) {
        why_not = std::string("PyTorch: ") + error.what_without_backtrace();
        return nullptr;
    }
}

} // namespace

extern "C" __attribute__((visibility("default"))) const TorchModule *nf_torch_module() {
    // Memory that is freed stays in the heap: what is allocated in a timed call has been touched before.
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
    static const TorchModule module = {TORCH_VERSION, make_torch};
    return &module;
}

} // namespace normforge::bench
