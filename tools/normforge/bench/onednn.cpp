// SPDX-License-Identifier: MIT
// oneDNN as a peer: batch_normalization primitives on the same memory with ReLU fused as a flag; a residual is added, and
// ReLU after it applied, by a binary primitive in place, as no implementation for CPUs has the flag for both. Everything
// that can be allocated before (scratchpad, workspace with the ReLU mask) is.
#include "runtime/ops.h"
#include "tools/normforge/bench/onednn_tensors.h"
#include "tools/normforge/bench/peers.h"

#include <fmt/format.h>
#include <unordered_map>

// Of OpenMP's API. <omp.h> comes with the compiler, and clang-tidy has none beside GCC.
extern "C" void omp_set_num_threads(int threads);

namespace normforge::bench {

const bool kHasOneDnn = true;

namespace {

using dnnl::algorithm;
using dnnl::batch_normalization_backward;
using dnnl::batch_normalization_forward;
using dnnl::memory;
using dnnl::normalization_flags;
using dnnl::prop_kind;

class OneDnn final : public Competitor {
public:
    OneDnn(const Problem &problem, const Operands &operands, int threads, bool blocked)
        : Competitor(blocked ? "onednn nChw16c" : "onednn"),
          operands_(operands),
          threads_(threads),
          engine_(dnnl::engine::kind::cpu, 0),
          stream_(engine_),
          tensors_(problem, engine_, blocked) {
        attributes_.set_scratchpad_mode(dnnl::scratchpad_mode::user);
        omp_set_num_threads(threads_); // oneDNN splits its work when the primitive is made
        const nf_description &description = problem.description;
        if (operands.geometry().backward) {
            make_backward(description);
        } else {
            make_forward(description);
        }
    }

    std::string implementation() const override { return implementation_; }

    void run(size_t slot) override {
        omp_set_num_threads(threads_);
        for (const auto &step : steps_) step.primitive.execute(stream_, step.slots[slot]);
        stream_.wait();
    }

    bool spins_afterwards() const override { return threads_ > 1; } // libgomp's workers do

private:
    using Arguments = std::unordered_map<int, memory>;

    /// A primitive, with its arguments for each slot.
    struct Step {
        dnnl::primitive primitive;
        std::vector<Arguments> slots;
    };

    const memory::desc &tensor() const { return tensors_.description(); }

    /// Appends a primitive, with arguments_of(slot) and its own scratchpad.
    template <typename Primitive, typename ArgumentsOf>
    void add_step(const typename Primitive::primitive_desc &description, const ArgumentsOf &arguments_of) {
        const memory scratchpad(description.scratchpad_desc(), engine_);
        Step step{Primitive(description), {}};
        for (size_t i = 0; i < operands_.slots(); i++) {
            step.slots.push_back(arguments_of(operands_.slot(i)));
            step.slots.back()[DNNL_ARG_SCRATCHPAD] = scratchpad;
        }
        steps_.push_back(std::move(step));
        implementation_ += (implementation_.empty() ? "" : " + ") + std::string(description.impl_info_str());
    }

    memory channel(const memory::desc &description, const Buffer &buffer) const {
        return memory(description, engine_, buffer.data());
    }

    static bool uses_given_statistics(nf_op op) { return op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN; }

    batch_normalization_forward::primitive_desc forward(const nf_description &d) const {
        auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
        if (d.epilogue == NF_EPILOGUE_RELU) flags |= normalization_flags::fuse_norm_relu;
        if (uses_given_statistics(d.op)) flags |= normalization_flags::use_global_stats;
        const auto kind = d.op == NF_FORWARD_INFERENCE ? prop_kind::forward_inference : prop_kind::forward_training;
        return {engine_, kind, tensor(), tensor(), static_cast<float>(d.eps), flags, attributes_};
    }

    void make_forward(const nf_description &d) {
        std::vector<memory> outputs; // of all slots
        const auto forward_pass = forward(d);
        add_step<batch_normalization_forward>(forward_pass, [&](const Slot &slot) {
            outputs.push_back(tensors_.output(slot.y));
            Arguments arguments = forward_arguments(forward_pass, d.op);
            arguments[DNNL_ARG_SRC] = tensors_.input(slot.x);
            arguments[DNNL_ARG_DST] = outputs.back();
            return arguments;
        });
        if (!adds_residual(d.epilogue)) return;
        dnnl::primitive_attr attributes = attributes_;
        if (activation_of(d.epilogue) == NF_EPILOGUE_RELU) {
            dnnl::post_ops relu;
            relu.append_eltwise(algorithm::eltwise_relu, 0, 0);
            attributes.set_post_ops(relu);
        }
        const dnnl::binary::primitive_desc add(engine_, algorithm::binary_add, tensor(), tensor(), tensor(), attributes);
        auto output = outputs.begin();
        add_step<dnnl::binary>(add, [&](const Slot &slot) {
            Arguments arguments = {{DNNL_ARG_SRC_0, *output}, {DNNL_ARG_DST, *output}};
            arguments[DNNL_ARG_SRC_1] = tensors_.input(slot.residual);
            output++;
            return arguments;
        });
    }

    void make_backward(const nf_description &d) {
        const bool relu_at_output = adds_residual(d.epilogue) && activation_of(d.epilogue) == NF_EPILOGUE_RELU;
        std::vector<memory> gradients; // by the affine step's result, of all slots
        for (size_t i = 0; i < operands_.slots(); i++) gradients.push_back(tensors_.input(operands_.slot(i).dy));
        if (relu_at_output) make_relu_backward(gradients);

        const auto forward_pass = forward(d);
        const batch_normalization_backward::primitive_desc pass(engine_, prop_kind::backward, tensor(), tensor(), tensor(),
                                                                static_cast<float>(d.eps), forward_pass.get_flags(),
                                                                forward_pass, attributes_);
        auto gradient = gradients.begin();
        auto masks = relu_masks(forward_pass, d.op);
        auto mask = masks.begin();
        add_step<batch_normalization_backward>(pass, [&](const Slot &slot) {
            Arguments arguments = {{DNNL_ARG_SRC, tensors_.input(slot.x)},
                                   {DNNL_ARG_DIFF_DST, *gradient++},
                                   {DNNL_ARG_DIFF_SRC, tensors_.output(slot.dx)},
                                   {DNNL_ARG_SCALE, channel(pass.weights_desc(), operands_.gamma)},
                                   {DNNL_ARG_MEAN, channel(pass.mean_desc(), operands_.mean)},
                                   {DNNL_ARG_VARIANCE, channel(pass.variance_desc(), operands_.variance)},
                                   {DNNL_ARG_DIFF_SCALE, channel(pass.weights_desc(), operands_.dgamma)},
                                   {DNNL_ARG_DIFF_SHIFT, channel(pass.weights_desc(), operands_.dbeta)}};
            if (!masks.empty()) arguments[DNNL_ARG_WORKSPACE] = *mask++;
            return arguments;
        });
    }

    /// The gradient through ReLU, from y: it is the residual's as well. Where nobody asked for that, it stays in one buffer.
    void make_relu_backward(std::vector<memory> &gradients) {
        const auto relu = algorithm::eltwise_relu_use_dst_for_bwd;
        const dnnl::eltwise_forward::primitive_desc hint(engine_, prop_kind::forward_training, relu, tensor(), tensor(),
                                                         0.0f);
        const dnnl::eltwise_backward::primitive_desc pass(engine_, relu, tensor(), tensor(), tensor(), 0.0f, hint,
                                                          attributes_);
        const memory unasked = operands_.slot(0).dresidual ? memory() : memory(tensor(), engine_);
        auto gradient = gradients.begin();
        add_step<dnnl::eltwise_backward>(pass, [&](const Slot &slot) {
            const memory dz = slot.dresidual ? tensors_.output(slot.dresidual) : unasked;
            Arguments arguments = {
                {DNNL_ARG_DST, tensors_.input(slot.y)}, {DNNL_ARG_DIFF_DST, *gradient}, {DNNL_ARG_DIFF_SRC, dz}};
            *gradient++ = dz;
            return arguments;
        });
    }

    /// A backward pass needs the mask that its own forward pass leaves in the workspace: runs that for each slot. Empty if
    /// there is no mask.
    std::vector<memory> relu_masks(const batch_normalization_forward::primitive_desc &pass, nf_op op) {
        std::vector<memory> masks;
        if (pass.workspace_desc().get_size() == 0) return masks;
        const batch_normalization_forward primitive(pass);
        const memory y(tensor(), engine_);
        for (size_t i = 0; i < operands_.slots(); i++) {
            Arguments arguments = forward_arguments(pass, op);
            arguments[DNNL_ARG_SRC] = tensors_.input(operands_.slot(i).x);
            arguments[DNNL_ARG_DST] = y;
            arguments[DNNL_ARG_SCRATCHPAD] = memory(pass.scratchpad_desc(), engine_);
            primitive.execute(stream_, arguments);
            stream_.wait();
            masks.push_back(arguments[DNNL_ARG_WORKSPACE]);
        }
        return masks;
    }

    /// All but source, destination and scratchpad. Statistics are outputs of training, else inputs.
    Arguments forward_arguments(const batch_normalization_forward::primitive_desc &pass, nf_op op) const {
        const bool given = uses_given_statistics(op);
        Arguments arguments = {
            {DNNL_ARG_SCALE, channel(pass.weights_desc(), operands_.gamma)},
            {DNNL_ARG_SHIFT, channel(pass.weights_desc(), operands_.beta)},
            {DNNL_ARG_MEAN, channel(pass.mean_desc(), given ? operands_.mean : operands_.saved_mean)},
            {DNNL_ARG_VARIANCE, channel(pass.variance_desc(), given ? operands_.variance : operands_.saved_variance)}};
        if (pass.workspace_desc().get_size() > 0) arguments[DNNL_ARG_WORKSPACE] = memory(pass.workspace_desc(), engine_);
        return arguments;
    }

    const Operands &operands_;
    int threads_;
    dnnl::engine engine_;
    dnnl::stream stream_;
    OneDnnTensors tensors_;
    dnnl::primitive_attr attributes_;
    std::vector<Step> steps_;
    std::string implementation_;
};

std::unique_ptr<Competitor> make_onednn(const Problem &problem, const Operands &operands, int threads,
                                        std::string &why_not) {
    if (!operands.geometry().dense) {
        why_not = "oneDNN's batch normalisation takes dense tensors only";
        return nullptr;
    }
    try {
        return std::make_unique<OneDnn>(problem, operands, threads, false);
    } catch (const dnnl::error &error) {
        why_not = fmt::format("oneDNN: {}", error.what());
        return nullptr;
    }
}

/// In the blocked format that its convolutions for 16 channels at a time produce.
std::unique_ptr<Competitor> make_blocked(const Problem &problem, const Operands &operands, int threads) {
    if (problem.layout != "nchw" || !operands.geometry().dense) return nullptr;
    try {
        return std::make_unique<OneDnn>(problem, operands, threads, true);
    } catch (const dnnl::error &) {
        return nullptr;
    }
}

} // namespace

Peer onednn_peer() {
    const auto *version = dnnl::version();
    return {"onednn", fmt::format("{}.{}.{}", version->major, version->minor, version->patch), make_onednn, make_blocked};
}

} // namespace normforge::bench
