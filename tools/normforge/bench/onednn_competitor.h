// SPDX-License-Identifier: MIT
// oneDNN as a competitor: a few primitives one after the other, with everything that can be allocated before (scratchpad,
// workspace with the ReLU mask).
#pragma once

#include "tools/normforge/bench/competitor.h"
#include "tools/normforge/bench/onednn_tensors.h"

#include <unordered_map>
#include <vector>

namespace normforge::bench {

/// How oneDNN is asked for ReLU straight after the affine step.
enum class OneDnnRelu {
    fused,   ///< by a flag; training keeps a mask for backward
    separate ///< by a primitive in place, in backward off the affine step's result
};

class OneDnn final : public Competitor {
public:
    /// Throws dnnl::error if oneDNN cannot express the problem.
    OneDnn(const Problem &problem, const Operands &operands, int threads, OneDnnRelu relu, OneDnnFormat format);

    std::string implementation() const override { return implementation_; }
    void run(size_t slot) override;
    bool spins_afterwards() const override { return threads_ > 1; } // libgomp's workers do

private:
    using Arguments = std::unordered_map<int, dnnl::memory>;
    using ForwardPass = dnnl::batch_normalization_forward::primitive_desc;

    /// A primitive, with its arguments for each slot.
    struct Step {
        dnnl::primitive primitive;
        std::vector<Arguments> slots;
    };

    /// Appends a primitive, with arguments_of(index of the slot) and its own scratchpad.
    template <typename Primitive, typename ArgumentsOf>
    void add_step(const typename Primitive::primitive_desc &description, const ArgumentsOf &arguments_of);

    void make_forward();
    void make_backward();
    void make_relu_backward(const std::vector<dnnl::memory> &outputs, std::vector<dnnl::memory> &gradients);

    ForwardPass forward_pass() const;
    Arguments forward_arguments(const ForwardPass &pass) const;
    std::vector<dnnl::memory> forward_results(const ForwardPass &pass, int argument);

    bool has_relu() const;
    bool has_residual() const;
    bool given_statistics() const;
    const dnnl::memory::desc &tensor() const { return tensors_.description(); }
    dnnl::memory channel(const dnnl::memory::desc &description, const Buffer &buffer) const;
    /// of(slot) for each slot.
    template <typename Of>
    std::vector<dnnl::memory> of_slots(const Of &of) const;

    const Operands &operands_;
    nf_description problem_;
    int threads_;
    OneDnnRelu relu_;
    dnnl::engine engine_;
    dnnl::stream stream_;
    OneDnnTensors tensors_;
    dnnl::primitive_attr attributes_;
    std::vector<Step> steps_;
    std::string implementation_;
};

} // namespace normforge::bench
