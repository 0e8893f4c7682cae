// SPDX-License-Identifier: MIT
// MXNet's BatchNorm_v1: every oddity that mxnet_v1.h states, on exact numbers. tests/conformance compares with MXNet itself.
#include "tests/api/mxnet_v1_call.h"
#include <catch2/catch.hpp>

using namespace normforge::testing;

namespace {

const nf_gradient kRequests[] = {NF_GRADIENT_WRITE, NF_GRADIENT_ADD, NF_GRADIENT_NULL};

/// is_train and use_global_stats.
struct Mode {
    int32_t is_train, use_global_stats;

    bool batch() const { return is_train && !use_global_stats; }
};
const Mode kModes[] = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};

/// What forward and backward give, gamma fixed or not.
struct Expected {
    Floats out, data_grad, gamma_grad;
    Floats beta_grad = {12, 4};
};

Expected expected(const Mode &mode, bool fix_gamma) {
    if (mode.batch() && fix_gamma) return {{9, 11, 19, 21, 9, 11, 19, 21}, {-.25F, -.5F, 0, 1, .25F, .5F, 0, -1}, {4, 4}};
    if (mode.batch()) return {{6, 14, 18, 22, 6, 14, 18, 22}, {-1, -2, 0, 2, 1, 2, 0, -2}, {4, 4}};
    if (fix_gamma) return {{10, 14, 20, 21, 10, 14, 20, 21}, {.5F, 1, 0, 1, 1.5F, 3, 0, 0}, {32, 4}};
    return {{10, 26, 20, 22, 10, 26, 20, 22}, {2, 4, 0, 2, 6, 12, 0, 0}, {32, 4}};
}

} // namespace

TEST_CASE("mxnet_v1: parameters begin with MXNet's defaults") {
    nf_mxnet_v1_params params;
    REQUIRE(nf_mxnet_v1_params_init(&params) == NF_SUCCESS);
    CHECK(params.struct_size == sizeof params);
    CHECK(params.eps == 1e-3F);
    CHECK(params.momentum == 0.9F);
    CHECK(params.fix_gamma == 1);
    CHECK(params.use_global_stats == 0);
    CHECK(params.output_mean_var == 0);
    for (nf_gradient request : {params.out, params.data_grad, params.gamma_grad, params.beta_grad})
        CHECK(request == NF_GRADIENT_WRITE);
}

TEST_CASE("mxnet_v1: forward writes out, mean and variance, and moves no average") {
    for (const Mode &mode : kModes)
        for (const bool fix_gamma : {false, true}) {
            INFO("is_train " << mode.is_train << ", use_global_stats " << mode.use_global_stats << ", fix_gamma "
                             << fix_gamma);
            MxnetCall call;
            call.params.use_global_stats = mode.use_global_stats;
            call.params.fix_gamma = fix_gamma;
            REQUIRE(call.forward(mode.is_train) == NF_SUCCESS);
            CHECK(call.out == expected(mode, fix_gamma).out);
            CHECK(call.mean == (mode.batch() ? Floats{5, -1} : Floats{1, -3}));
            CHECK(call.var == (mode.batch() ? Floats{16, 4} : Floats{4, 16}));
            CHECK(call.moving_mean == Floats{1, -3});
            CHECK(call.moving_var == Floats{4, 16});
            CHECK(call.gamma == (fix_gamma ? Floats{1, 1} : Floats{4, 2})); // the caller's array
        }
}

TEST_CASE("mxnet_v1: all 27 requests for gradients, in every mode, with gamma fixed and not") {
    for (const Mode &mode : kModes)
        for (const bool fix_gamma : {false, true})
            for (nf_gradient data : kRequests)
                for (nf_gradient gamma : kRequests)
                    for (nf_gradient beta : kRequests) {
                        INFO("is_train " << mode.is_train << ", use_global_stats " << mode.use_global_stats << ", fix_gamma "
                                         << fix_gamma << ", requests " << data << gamma << beta);
                        MxnetCall call;
                        call.params.use_global_stats = mode.use_global_stats;
                        call.params.fix_gamma = fix_gamma;
                        call.params.data_grad = data;
                        call.params.gamma_grad = gamma;
                        call.params.beta_grad = beta;
                        call.mean = {5, -1};
                        call.var = {16, 4};
                        REQUIRE(call.backward(mode.is_train) == NF_SUCCESS);
                        const Expected wanted = expected(mode, fix_gamma);
                        CHECK(call.data_grad == requested(data, wanted.data_grad));
                        CHECK(call.gamma_grad == requested(gamma, fix_gamma ? Floats{0, 0} : wanted.gamma_grad));
                        CHECK(call.beta_grad == requested(beta, wanted.beta_grad));
                        CHECK(call.gamma == (fix_gamma ? Floats{1, 1} : Floats{4, 2}));
                        CHECK(call.moving_mean == (mode.batch() ? Floats{3, -2} : Floats{1, -3}));
                        CHECK(call.moving_var == (mode.batch() ? Floats{10, 10} : Floats{4, 16}));
                    }
}

TEST_CASE("mxnet_v1: a second backward moves the averages again, with momentum as a float") {
    MxnetCall call;
    REQUIRE(call.forward(1) == NF_SUCCESS);
    REQUIRE(call.backward(1) == NF_SUCCESS);
    REQUIRE(call.backward(1) == NF_SUCCESS);
    CHECK(call.moving_mean == Floats{4, -1.5F});
    CHECK(call.moving_var == Floats{13, 7});

    MxnetCall tenth;
    tenth.params.momentum = 0.9F;
    tenth.moving_mean = {0, 0};
    tenth.mean = {1 << 24, -(1 << 24)};
    tenth.var = {16, 4};
    REQUIRE(tenth.backward(1) == NF_SUCCESS);
    CHECK(tenth.moving_mean == Floats{1677722, -1677722}); // (1 - 0.9f) * 2^24; with 0.9 it is 1677721.6
}

TEST_CASE("mxnet_v1: out is written, added to, or left alone while training") {
    for (nf_gradient request : kRequests)
        for (const Mode &mode : {Mode{1, 0}, Mode{1, 1}}) {
            INFO("request " << request << ", use_global_stats " << mode.use_global_stats);
            MxnetCall call;
            call.params.out = request;
            call.params.use_global_stats = mode.use_global_stats;
            REQUIRE(call.forward(mode.is_train) == NF_SUCCESS);
            CHECK(call.out == requested(request, expected(mode, false).out));
            CHECK(call.mean == (mode.batch() ? Floats{5, -1} : Floats{1, -3}));
            CHECK(call.var == (mode.batch() ? Floats{16, 4} : Floats{4, 16}));
        }
}

TEST_CASE("mxnet_v1: rank 2 is (N, C)") {
    MxnetCall call;
    call.extents = {4, 2};
    call.data = {1, -3, 9, 1, 1, -3, 9, 1};
    REQUIRE(call.forward(1) == NF_SUCCESS);
    CHECK(call.out == Floats{6, 18, 14, 22, 6, 18, 14, 22});
}

TEST_CASE("mxnet_v1: out may be data, and data_grad out_grad") {
    MxnetCall call;
    call.arrays.out = call.data.data();
    REQUIRE(call.forward(1) == NF_SUCCESS);
    CHECK(call.data == expected({1, 0}, false).out);

    MxnetCall back;
    back.mean = {5, -1};
    back.var = {16, 4};
    back.arrays.data_grad = back.out_grad.data();
    REQUIRE(back.backward(1) == NF_SUCCESS);
    CHECK(back.out_grad == expected({1, 0}, false).data_grad);
    CHECK(back.beta_grad == Floats{12, 4});
}

TEST_CASE("mxnet_v1: without output_mean_var, global mode needs neither mean nor var") {
    MxnetCall call;
    call.params.output_mean_var = 0;
    call.arrays.mean = call.arrays.var = {};
    REQUIRE(call.forward(0) == NF_SUCCESS);
    CHECK(call.out == expected({0, 0}, false).out);
    REQUIRE(call.backward(0) == NF_SUCCESS);
    CHECK(call.forward(1) == NF_NULL_POINTER); // backward will read them
}

TEST_CASE("mxnet_v1: a constant channel gives beta and no gradient, with eps 0 too") {
    MxnetCall call;
    call.data.assign(8, 7);
    REQUIRE(call.forward(1) == NF_SUCCESS);
    CHECK(call.out == Floats{10, 10, 20, 20, 10, 10, 20, 20});
    CHECK(call.var == Floats{0, 0});
    REQUIRE(call.backward(1) == NF_SUCCESS);
    CHECK(call.data_grad == Floats(8, 0));
    CHECK(call.gamma_grad == Floats{0, 0});
    CHECK(call.beta_grad == Floats{12, 4});
}

TEST_CASE("mxnet_v1: destroying nothing, and the workspace of nothing") {
    nf_mxnet_v1_destroy(nullptr);
    CHECK(nf_mxnet_v1_workspace_size(nullptr) == 0);
}
