// SPDX-License-Identifier: MIT
// Runs what c_header.c does, and checks the small functions of the C contract.
#include <catch2/catch.hpp>
#include <normforge/normforge.h>
#include <string>

extern "C" nf_status c_header_inference(float *y);

TEST_CASE("a C99 program runs a plan") {
    float y[4] = {};
    REQUIRE(c_header_inference(y) == NF_SUCCESS);
    for (int i = 0; i < 4; ++i) CHECK(y[i] == static_cast<float>(i));
}

TEST_CASE("defaults are those documented") {
    nf_description description;
    REQUIRE(nf_description_init(&description, NF_BACKWARD_FROZEN) == NF_SUCCESS);
    CHECK(description.struct_size == sizeof description);
    CHECK(description.op == NF_BACKWARD_FROZEN);
    CHECK(description.eps == 1e-5);
    CHECK(description.momentum == 0.9);
    CHECK(description.slope == 0.01);
    CHECK(description.axis == 1);
    CHECK(description.parts == 1);
    CHECK(description.variant == nullptr);
    CHECK(description.x.rank == 0);
    CHECK(description.parameters == NF_CHANNEL_DEFAULT);
    CHECK(description.statistics == NF_CHANNEL_DEFAULT);
    CHECK(description.running_variance == NF_VARIANCE_BIASED);
    CHECK(description.average == NF_AVERAGE_EXPONENTIAL);
    for (nf_gradient gradient :
         {description.dx_gradient, description.dgamma_gradient, description.dbeta_gradient, description.dresidual_gradient})
        CHECK(gradient == NF_GRADIENT_WRITE);
}

TEST_CASE("a momentum may be given as the weight of the new value") {
    CHECK(nf_momentum_of_new(0.25) == 0.75);
    CHECK(nf_momentum_of_new(0) == 1);
}

TEST_CASE("status texts and version") {
    CHECK(std::string(nf_status_string(NF_SUCCESS)) == "success");
    CHECK(std::string(nf_status_string(NF_NULL_POINTER)) == "null_pointer");
    CHECK(std::string(nf_version()) == "0.1.0");
}
