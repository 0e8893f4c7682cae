// SPDX-License-Identifier: MIT
// A residual is added, and ReLU after it applied, by a binary primitive in place: no implementation for CPUs has the flag
// that fuses both. Backward then takes ReLU's gradient off y first, which is the residual's gradient as well.
#include "tools/normforge/bench/onednn_competitor.h"

#include "runtime/ops.h"

// Of OpenMP's API. <omp.h> comes with the compiler, and clang-tidy has none beside GCC.
extern "C" void omp_set_num_threads(int threads);

namespace normforge::bench {

using dnnl::algorithm;
using dnnl::batch_normalization_backward;
using dnnl::batch_normalization_forward;
using dnnl::memory;
using dnnl::normalization_flags;
using dnnl::prop_kind;

OneDnn::OneDnn(const Problem &problem, const Operands &operands, int threads, OneDnnRelu relu, OneDnnFormat format)
    : Competitor(format == OneDnnFormat::blocked ? "onednn nChw16c" : "onednn"),
      operands_(operands),
      problem_(problem.description),
      threads_(threads),
      relu_(relu),
      engine_(dnnl::engine::kind::cpu, 0),
      stream_(engine_),
      tensors_(problem, engine_, format) {
    attributes_.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    omp_set_num_threads(threads_); // oneDNN splits its work when the primitive is made
    if (operands.geometry().backward) {
        make_backward();
    } else {
        make_forward();
    }
}

void OneDnn::run(size_t slot) {
    omp_set_num_threads(threads_);
    for (const auto &step : steps_) step.primitive.execute(stream_, step.slots[slot]);
    stream_.wait();
}

template <typename Primitive, typename ArgumentsOf>
void OneDnn::add_step(const typename Primitive::primitive_desc &description, const ArgumentsOf &arguments_of) {
    const memory scratchpad(description.scratchpad_desc(), engine_);
    Step step{Primitive(description), {}};
    for (size_t i = 0; i < operands_.slots(); i++) {
        step.slots.push_back(arguments_of(i));
        step.slots.back()[DNNL_ARG_SCRATCHPAD] = scratchpad;
    }
    steps_.push_back(std::move(step));
    implementation_ += (implementation_.empty() ? "" : " + ") + std::string(description.impl_info_str());
}

bool OneDnn::has_relu() const {
    return activation_of(problem_.epilogue) == NF_EPILOGUE_RELU;
}

bool OneDnn::has_residual() const {
    return adds_residual(problem_.epilogue);
}

bool OneDnn::given_statistics() const {
    return problem_.op == NF_FORWARD_INFERENCE || problem_.op == NF_BACKWARD_FROZEN;
}

memory OneDnn::channel(const memory::desc &description, const Buffer &buffer) const {
    return memory(description, engine_, buffer.data());
}

template <typename Of>
std::vector<memory> OneDnn::of_slots(const Of &of) const {
    std::vector<memory> list;
    list.reserve(operands_.slots());
    for (size_t i = 0; i < operands_.slots(); i++) list.push_back(of(operands_.slot(i)));
    return list;
}

OneDnn::ForwardPass OneDnn::forward_pass() const {
    auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
    if (has_relu() && !has_residual() && relu_ == OneDnnRelu::fused) flags |= normalization_flags::fuse_norm_relu;
    if (given_statistics()) flags |= normalization_flags::use_global_stats;
    const auto kind = problem_.op == NF_FORWARD_INFERENCE ? prop_kind::forward_inference : prop_kind::forward_training;
    return {engine_, kind, tensor(), tensor(), static_cast<float>(problem_.eps), flags, attributes_};
}

/// All but source, destination and scratchpad. Statistics are outputs of training, else inputs.
OneDnn::Arguments OneDnn::forward_arguments(const ForwardPass &pass) const {
    const Buffer &mean = given_statistics() ? operands_.mean : operands_.saved_mean;
    const Buffer &variance = given_statistics() ? operands_.variance : operands_.saved_variance;
    Arguments arguments = {{DNNL_ARG_SCALE, channel(pass.weights_desc(), operands_.gamma)},
                           {DNNL_ARG_SHIFT, channel(pass.weights_desc(), operands_.beta)},
                           {DNNL_ARG_MEAN, channel(pass.mean_desc(), mean)},
                           {DNNL_ARG_VARIANCE, channel(pass.variance_desc(), variance)}};
    if (pass.workspace_desc().get_size() > 0) arguments[DNNL_ARG_WORKSPACE] = memory(pass.workspace_desc(), engine_);
    return arguments;
}

void OneDnn::make_forward() {
    const auto outputs = of_slots([&](const Slot &slot) { return tensors_.output(slot.y); });
    const auto pass = forward_pass();
    add_step<batch_normalization_forward>(pass, [&](size_t i) {
        Arguments arguments = forward_arguments(pass);
        arguments[DNNL_ARG_SRC] = tensors_.input(operands_.slot(i).x);
        arguments[DNNL_ARG_DST] = outputs[i];
        return arguments;
    });
    if (has_residual()) {
        dnnl::primitive_attr attributes = attributes_;
        if (has_relu()) {
            dnnl::post_ops relu;
            relu.append_eltwise(algorithm::eltwise_relu, 0, 0);
            attributes.set_post_ops(relu);
        }
        const dnnl::binary::primitive_desc add(engine_, algorithm::binary_add, tensor(), tensor(), tensor(), attributes);
        add_step<dnnl::binary>(add, [&](size_t i) {
            const memory residual = tensors_.input(operands_.slot(i).residual);
            return Arguments{{DNNL_ARG_SRC_0, outputs[i]}, {DNNL_ARG_SRC_1, residual}, {DNNL_ARG_DST, outputs[i]}};
        });
    } else if (has_relu() && relu_ == OneDnnRelu::separate) {
        const dnnl::eltwise_forward::primitive_desc relu(engine_, prop_kind::forward_inference, algorithm::eltwise_relu,
                                                         tensor(), tensor(), 0.0f, 0.0f, attributes_);
        add_step<dnnl::eltwise_forward>(
            relu, [&](size_t i) { return Arguments{{DNNL_ARG_SRC, outputs[i]}, {DNNL_ARG_DST, outputs[i]}}; });
    }
}

void OneDnn::make_backward() {
    auto gradients = of_slots([&](const Slot &slot) { return tensors_.input(slot.dy); }); // by the affine step's result
    const auto pass = forward_pass();
    std::vector<memory> masks;
    if (has_relu() && has_residual()) {
        make_relu_backward(of_slots([&](const Slot &slot) { return tensors_.input(slot.y); }), gradients);
    } else if (has_relu() && relu_ == OneDnnRelu::separate) {
        make_relu_backward(forward_results(pass, DNNL_ARG_DST), gradients); // has the sign of y
    } else if (has_relu()) {
        masks = forward_results(pass, DNNL_ARG_WORKSPACE);
    }
    const batch_normalization_backward::primitive_desc backward(engine_, prop_kind::backward, tensor(), tensor(), tensor(),
                                                                static_cast<float>(problem_.eps), pass.get_flags(), pass,
                                                                attributes_);
    add_step<batch_normalization_backward>(backward, [&](size_t i) {
        const Slot slot = operands_.slot(i);
        Arguments arguments = {{DNNL_ARG_SRC, tensors_.input(slot.x)},
                               {DNNL_ARG_DIFF_DST, gradients[i]},
                               {DNNL_ARG_DIFF_SRC, tensors_.output(slot.dx)},
                               {DNNL_ARG_SCALE, channel(backward.weights_desc(), operands_.gamma)},
                               {DNNL_ARG_MEAN, channel(backward.mean_desc(), operands_.mean)},
                               {DNNL_ARG_VARIANCE, channel(backward.variance_desc(), operands_.variance)},
                               {DNNL_ARG_DIFF_SCALE, channel(backward.weights_desc(), operands_.dgamma)},
                               {DNNL_ARG_DIFF_SHIFT, channel(backward.weights_desc(), operands_.dbeta)}};
        if (!masks.empty()) arguments[DNNL_ARG_WORKSPACE] = masks[i];
        return arguments;
    });
}

/// Replaces gradients by outputs by those before ReLU. Where nobody asked for the residual's, they share one buffer.
void OneDnn::make_relu_backward(const std::vector<memory> &outputs, std::vector<memory> &gradients) {
    const auto relu = algorithm::eltwise_relu_use_dst_for_bwd;
    const dnnl::eltwise_forward::primitive_desc hint(engine_, prop_kind::forward_training, relu, tensor(), tensor(), 0.0f);
    const dnnl::eltwise_backward::primitive_desc pass(engine_, relu, tensor(), tensor(), tensor(), 0.0f, hint, attributes_);
    const memory unasked = operands_.slot(0).dresidual ? memory() : memory(tensor(), engine_);
    const auto before =
        of_slots([&](const Slot &slot) { return slot.dresidual ? tensors_.output(slot.dresidual) : unasked; });
    add_step<dnnl::eltwise_backward>(pass, [&](size_t i) {
        return Arguments{{DNNL_ARG_DST, outputs[i]}, {DNNL_ARG_DIFF_DST, gradients[i]}, {DNNL_ARG_DIFF_SRC, before[i]}};
    });
    gradients = before;
}

/// Runs the forward pass that comes before backward on each slot, for what that needs of it: y, or the workspace with the
/// mask.
std::vector<memory> OneDnn::forward_results(const ForwardPass &pass, int argument) {
    const batch_normalization_forward primitive(pass);
    const memory unneeded = argument == DNNL_ARG_DST ? memory() : memory(tensor(), engine_);
    return of_slots([&](const Slot &slot) {
        Arguments arguments = forward_arguments(pass);
        arguments[DNNL_ARG_SRC] = tensors_.input(slot.x);
        arguments[DNNL_ARG_DST] = argument == DNNL_ARG_DST ? memory(tensor(), engine_) : unneeded;
        arguments[DNNL_ARG_SCRATCHPAD] = memory(pass.scratchpad_desc(), engine_);
        primitive.execute(stream_, arguments);
        stream_.wait();
        return arguments.at(argument);
    });
}

} // namespace normforge::bench
