// SPDX-License-Identifier: MIT
// One call of the BatchNorm_v1 facade on numbers that can be worked out by hand: with eps 0 every result is exact.
#pragma once

#include <cstddef>
#include <memory>
#include <normforge/mxnet_v1.h>
#include <stdexcept>
#include <string>
#include <vector>

namespace normforge::testing {

using Floats = std::vector<float>;

/// What every output holds before a call.
constexpr float kBefore = 100;

/// A result as a request leaves it.
inline Floats requested(nf_gradient request, const Floats &result) {
    Floats wanted(result.size(), kBefore);
    for (size_t i = 0; i < result.size(); ++i)
        if (request != NF_GRADIENT_NULL) wanted[i] = (request == NF_GRADIENT_ADD ? kBefore : 0) + result[i];
    return wanted;
}

struct MxnetCall {
    // Shape (2, 2, 1, 2). Channel 0: mean 5, variance 16; channel 1: mean -1, variance 4.
    std::vector<int64_t> extents = {2, 2, 1, 2};
    Floats data = {1, 9, -3, 1, 1, 9, -3, 1}, out_grad = {1, 2, 0, 4, 3, 6, 0, 0};
    Floats gamma = {4, 2}, beta = {10, 20}, moving_mean = {1, -3}, moving_var = {4, 16};
    Floats out = Floats(8, kBefore), data_grad = out;
    Floats mean = Floats(2, kBefore), var = mean, gamma_grad = mean, beta_grad = mean;
    std::vector<std::byte> workspace = std::vector<std::byte>(4096, std::byte{0x5A});
    nf_mxnet_v1_params params{};
    nf_mxnet_v1_arrays arrays{};

    /// eps 0, momentum 0.5, gamma not fixed, mean and var are outputs; all else as MXNet has it.
    MxnetCall() {
        require(nf_mxnet_v1_params_init(&params));
        params.eps = 0;
        params.momentum = 0.5F;
        params.fix_gamma = 0;
        params.output_mean_var = 1;
        require(nf_mxnet_v1_arrays_init(&arrays));
        arrays.data = data.data();
        arrays.out_grad = out_grad.data();
        arrays.out = out.data();
        arrays.data_grad = data_grad.data();
        arrays.gamma = channels(gamma);
        arrays.beta = channels(beta);
        arrays.moving_mean = channels(moving_mean);
        arrays.moving_var = channels(moving_var);
        arrays.mean = channels(mean);
        arrays.var = channels(var);
        arrays.gamma_grad = channels(gamma_grad);
        arrays.beta_grad = channels(beta_grad);
        size_t space = workspace.size();
        arrays.workspace = workspace.data();
        std::align(NF_WORKSPACE_ALIGNMENT, 1, arrays.workspace, space);
        arrays.workspace_size = space;
    }
    MxnetCall(const MxnetCall &) = delete;
    MxnetCall &operator=(const MxnetCall &) = delete;

    nf_status forward(int32_t is_train) { return run(nf_mxnet_v1_forward, is_train); }
    nf_status backward(int32_t is_train) { return run(nf_mxnet_v1_backward, is_train); }

    static nf_channels channels(Floats &values) { return {values.data(), static_cast<int64_t>(values.size())}; }

    static void require(nf_status status) {
        if (status != NF_SUCCESS) throw std::runtime_error(std::string(nf_status_string(status)) + ": " + nf_last_error());
    }

private:
    struct Destroy {
        void operator()(nf_mxnet_v1 *op) const { nf_mxnet_v1_destroy(op); }
    };

    nf_status run(decltype(nf_mxnet_v1_forward) *function, int32_t is_train) {
        nf_mxnet_v1 *made = nullptr;
        require(nf_mxnet_v1_create(&params, static_cast<int32_t>(extents.size()), extents.data(), &made));
        const std::unique_ptr<nf_mxnet_v1, Destroy> op(made);
        return function(op.get(), is_train, &arrays);
    }
};

} // namespace normforge::testing
