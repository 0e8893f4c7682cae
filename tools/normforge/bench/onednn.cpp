// SPDX-License-Identifier: MIT
// oneDNN as a peer: batch_normalization primitives on the same memory, plain formats, ReLU fused as a flag. Everything that
// can be allocated before (scratchpad, workspace with the ReLU mask) is.
#include "runtime/ops.h"
#include "tests/support/canonical.h"
#include "tools/normforge/bench/competitor.h"

#include <algorithm>
#include <dnnl.hpp>
#include <fmt/format.h>
#include <numeric>
#include <unordered_map>
#include <vector>

// Of OpenMP's API. <omp.h> comes with the compiler, and clang-tidy has none beside GCC.
extern "C" void omp_set_num_threads(int threads);

namespace normforge::bench {

namespace {

using dnnl::batch_normalization_backward;
using dnnl::batch_normalization_forward;
using dnnl::memory;
using dnnl::normalization_flags;
using dnnl::prop_kind;

/// oneDNN's logical order is n, c, spatial…; the physical order goes into strides. Every layout here has n first; anything
/// else (axis 0, more than five axes) becomes (before, c, after).
memory::desc tensor_description(const Problem &problem) {
    const nf_layout &x = problem.description.x;
    const int axis = problem.description.axis < 0 ? problem.description.axis + x.rank : problem.description.axis;
    const auto begin = std::begin(x.extents);
    memory::dims extents(begin, begin + x.rank);
    size_t channel = static_cast<size_t>(axis);
    if (axis == 0 || x.rank > 5 || (axis != 1 && axis != x.rank - 1)) {
        const auto product = [](auto from, auto to) { return std::accumulate(from, to, int64_t{1}, std::multiplies<>()); };
        extents = {product(begin, begin + axis), x.extents[axis], product(begin + axis + 1, begin + x.rank)};
        channel = 1;
    }
    memory::dims strides(extents.size(), 1);
    for (size_t i = extents.size() - 1; i > 0; i--) strides[i - 1] = strides[i] * extents[i];
    std::rotate(extents.begin() + 1, extents.begin() + static_cast<int>(channel),
                extents.begin() + static_cast<int>(channel) + 1);
    std::rotate(strides.begin() + 1, strides.begin() + static_cast<int>(channel),
                strides.begin() + static_cast<int>(channel) + 1);
    return {extents, memory::data_type::f32, strides};
}

bool all_contiguous(const nf_description &description) {
    return is_contiguous(description.x) && is_contiguous(description.y) && is_contiguous(description.dy) &&
           is_contiguous(description.dx);
}

class OneDnn final : public Competitor {
public:
    OneDnn(const Problem &problem, const Operands &operands, int threads)
        : Competitor("onednn"), threads_(threads), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
        const nf_description &description = problem.description;
        const bool backward = !writes_y(description.op);
        const auto tensor = tensor_description(problem);
        const auto eps = static_cast<float>(description.eps);

        auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
        if (description.epilogue == NF_EPILOGUE_RELU) flags |= normalization_flags::fuse_norm_relu;
        if (description.op == NF_FORWARD_INFERENCE || description.op == NF_BACKWARD_FROZEN) {
            flags |= normalization_flags::use_global_stats;
        }
        dnnl::primitive_attr attributes;
        attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);

        omp_set_num_threads(threads_); // oneDNN splits its work when the primitive is made
        const auto kind =
            description.op == NF_FORWARD_INFERENCE ? prop_kind::forward_inference : prop_kind::forward_training;
        const batch_normalization_forward::primitive_desc forward(engine_, kind, tensor, tensor, eps, flags, attributes);
        const auto workspace = forward.workspace_desc();
        const memory forward_scratchpad(forward.scratchpad_desc(), engine_);
        for (size_t i = 0; i < operands.slots(); i++) {
            const Slot slot = operands.slot(i);
            Arguments arguments = channel_arguments(operands, forward, description.op);
            arguments[DNNL_ARG_SRC] = memory(tensor, engine_, slot.x);
            arguments[DNNL_ARG_DST] = memory(tensor, engine_, slot.output());
            if (workspace.get_size() > 0) arguments[DNNL_ARG_WORKSPACE] = memory(workspace, engine_);
            arguments[DNNL_ARG_SCRATCHPAD] = forward_scratchpad;
            slots_.push_back(std::move(arguments));
        }
        primitive_ = batch_normalization_forward(forward);
        implementation_ = forward.impl_info_str();
        if (!backward) return;

        // A backward pass needs the mask that its own forward pass left in the workspace.
        if (workspace.get_size() > 0) {
            for (size_t i = 0; i < slots_.size(); i++) run(i);
        }
        const batch_normalization_backward::primitive_desc pass(engine_, prop_kind::backward, tensor, tensor, tensor, eps,
                                                                flags, forward, attributes);
        const memory scratchpad(pass.scratchpad_desc(), engine_);
        for (size_t i = 0; i < slots_.size(); i++) {
            const Slot slot = operands.slot(i);
            Arguments &arguments = slots_[i];
            arguments.erase(DNNL_ARG_DST); // and the shift: an argument that the primitive does not have is refused
            arguments.erase(DNNL_ARG_SHIFT);
            arguments[DNNL_ARG_DIFF_DST] = memory(tensor, engine_, slot.dy);
            arguments[DNNL_ARG_DIFF_SRC] = memory(tensor, engine_, slot.dx);
            arguments[DNNL_ARG_MEAN] = memory(pass.mean_desc(), engine_, operands.mean.data());
            arguments[DNNL_ARG_VARIANCE] = memory(pass.variance_desc(), engine_, operands.variance.data());
            arguments[DNNL_ARG_DIFF_SCALE] = memory(pass.weights_desc(), engine_, operands.dgamma.data());
            arguments[DNNL_ARG_DIFF_SHIFT] = memory(pass.weights_desc(), engine_, operands.dbeta.data());
            arguments[DNNL_ARG_SCRATCHPAD] = scratchpad;
        }
        primitive_ = batch_normalization_backward(pass);
        implementation_ = pass.impl_info_str();
    }

    std::string implementation() const override { return implementation_; }

    void run(size_t slot) override {
        omp_set_num_threads(threads_);
        primitive_.execute(stream_, slots_[slot]);
        stream_.wait();
    }

    bool spins_afterwards() const override { return threads_ > 1; } // libgomp's workers do

private:
    using Arguments = std::unordered_map<int, memory>;

    /// Statistics are outputs of training (and then of a forward pass that only fills the workspace), else inputs.
    Arguments channel_arguments(const Operands &operands, const batch_normalization_forward::primitive_desc &forward,
                                nf_op op) {
        const bool given = op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN;
        return {{DNNL_ARG_SCALE, memory(forward.weights_desc(), engine_, operands.gamma.data())},
                {DNNL_ARG_SHIFT, memory(forward.weights_desc(), engine_, operands.beta.data())},
                {DNNL_ARG_MEAN, memory(forward.mean_desc(), engine_, (given ? operands.mean : operands.saved_mean).data())},
                {DNNL_ARG_VARIANCE,
                 memory(forward.variance_desc(), engine_, (given ? operands.variance : operands.saved_variance).data())}};
    }

    int threads_;
    dnnl::engine engine_;
    dnnl::stream stream_;
    dnnl::primitive primitive_;
    std::vector<Arguments> slots_;
    std::string implementation_;
};

} // namespace

std::unique_ptr<Competitor> make_onednn(const Problem &problem, const Operands &operands, int threads,
                                        std::string &why_not) {
    if (!all_contiguous(problem.description)) {
        why_not = "oneDNN's batch normalisation takes dense tensors only";
        return nullptr;
    }
    try {
        return std::make_unique<OneDnn>(problem, operands, threads);
    } catch (const dnnl::error &error) {
        why_not = fmt::format("oneDNN: {}", error.what());
        return nullptr;
    }
}

std::string onednn_version() {
    const auto *version = dnnl::version();
    return fmt::format("{}.{}.{}", version->major, version->minor, version->patch);
}

} // namespace normforge::bench
