// SPDX-License-Identifier: MIT
// From a recorded case to calls of the façade, see run_mxnet_v1.h.
#include "tests/conformance/run_mxnet_v1.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <normforge/mxnet_v1.h>
#include <stdexcept>

namespace normforge::conformance {

namespace {

using Floats = std::vector<float>;

struct Destroy {
    void operator()(nf_mxnet_v1 *op) const { nf_mxnet_v1_destroy(op); }
};

void require(nf_status status) {
    if (status != NF_SUCCESS) throw std::runtime_error(std::string(nf_status_string(status)) + ": " + nf_last_error());
}

nf_gradient request(const Case &recorded, const std::string &gradient) {
    const auto found = recorded.gradients.find(gradient);
    if (found == recorded.gradients.end() || found->second == "null") return NF_GRADIENT_NULL;
    return found->second == "add" ? NF_GRADIENT_ADD : NF_GRADIENT_WRITE;
}

nf_mxnet_v1_params params_of(const Case &recorded) {
    nf_mxnet_v1_params params;
    require(nf_mxnet_v1_params_init(&params));
    params.eps = static_cast<float>(recorded.eps);
    params.momentum = static_cast<float>(recorded.momentum);
    params.fix_gamma = recorded.parameters.at("fix_gamma");
    params.use_global_stats = recorded.parameters.at("use_global_stats");
    params.output_mean_var = recorded.parameters.at("output_mean_var");
    params.data_grad = request(recorded, "dx");
    params.gamma_grad = request(recorded, "dgamma");
    params.beta_grad = request(recorded, "dbeta");
    return params;
}

/// MXNet's engine leaves out a backward of which nobody wants anything.
int backwards_run(const nf_mxnet_v1_params &params, const Case &recorded) {
    const bool wanted = params.data_grad != NF_GRADIENT_NULL || params.gamma_grad != NF_GRADIENT_NULL ||
                        params.beta_grad != NF_GRADIENT_NULL;
    return wanted ? recorded.parameters.at("backwards") : 0;
}

/// The arrays of a case by the names of the recording, for the length of the calls.
class Memory {
public:
    Memory(const Case &recorded, const Arrays *before) : recorded_(recorded) {
        arrays.struct_size = sizeof arrays;
        arrays.data = tensor("x", recorded.inputs);
        arrays.out = tensor("y", {});
        arrays.out_grad = tensor("dy", recorded.inputs);
        arrays.data_grad = tensor("dx", recorded.inputs);
        const Arrays &from = before != nullptr ? *before : recorded.inputs;
        arrays.gamma = channels("gamma", recorded.inputs);
        arrays.beta = channels("beta", recorded.inputs);
        arrays.moving_mean = channels("running_mean", from);
        arrays.moving_var = channels("running_variance", from);
        arrays.mean = channels("mean", {});
        arrays.var = channels("variance", {});
        arrays.gamma_grad = channels("dgamma", recorded.inputs);
        arrays.beta_grad = channels("dbeta", recorded.inputs);
    }

    void set_workspace(size_t size) {
        workspace_.resize(size + NF_WORKSPACE_ALIGNMENT);
        size_t space = workspace_.size();
        arrays.workspace = workspace_.data();
        arrays.workspace = std::align(NF_WORKSPACE_ALIGNMENT, size, arrays.workspace, space);
        arrays.workspace_size = size;
    }

    /// What was recorded, as it is here now.
    Arrays results() const {
        Arrays results;
        for (const auto &[name, values] : recorded_.outputs) {
            const Floats &ours = memory_.at(name == "gamma_after" ? "gamma" : name);
            results[name] = {ours.begin(), ours.end()};
        }
        return results;
    }

    nf_mxnet_v1_arrays arrays{};

private:
    float *put(const char *name, const Arrays &from, int64_t size) {
        Floats &values = memory_[name];
        values.resize(static_cast<size_t>(size));
        if (const auto found = from.find(name); found != from.end())
            std::copy(found->second.begin(), found->second.end(), values.begin());
        return values.data();
    }
    float *tensor(const char *name, const Arrays &from) { return put(name, from, recorded_.shape().count()); }
    nf_channels channels(const char *name, const Arrays &from) {
        return {put(name, from, recorded_.shape().c), recorded_.shape().c};
    }

    const Case &recorded_;
    std::map<std::string, Floats> memory_;
    std::vector<std::byte> workspace_;
};

} // namespace

Arrays run_mxnet_v1(const Case &recorded, const Arrays *before) {
    const nf_mxnet_v1_params params = params_of(recorded);
    const auto rank = static_cast<int32_t>(recorded.extents.size());
    nf_mxnet_v1 *made = nullptr;
    require(nf_mxnet_v1_create(&params, rank, recorded.extents.data(), &made));
    const std::unique_ptr<nf_mxnet_v1, Destroy> op(made);
    Memory memory(recorded, before);
    memory.set_workspace(nf_mxnet_v1_workspace_size(op.get()));
    const int is_train = recorded.parameters.at("is_train");
    require(nf_mxnet_v1_forward(op.get(), is_train, &memory.arrays));
    for (int i = 0; i < backwards_run(params, recorded); ++i)
        require(nf_mxnet_v1_backward(op.get(), is_train, &memory.arrays));
    return memory.results();
}

} // namespace normforge::conformance
