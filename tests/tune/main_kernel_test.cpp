// SPDX-License-Identifier: MIT
// Which kernel tuning a problem is about, and what it is compared with.
#include "tools/normforge/tune/main_kernel.h"

#include <catch2/catch.hpp>

using namespace normforge;

namespace {

constexpr const char *kTarget = "x86-64-avx2";

MainKernel kernel_of(const std::string &problem) {
    return main_kernel(parse_problem(problem), kTarget);
}

} // namespace

TEST_CASE("the main kernel is specialised, and the default is the one for any shape") {
    const MainKernel inner = kernel_of("forward_train:f32:nchw:32x64x56x56:relu");
    CHECK(format_symbol(inner.specialised) == "nf_forward_train_f32_inner_relu_stream_x86_64_avx2_n32_c64_s3136");
    CHECK(inner.default_symbol() == "nf_forward_train_f32_inner_relu_stream_x86_64_avx2");
    CHECK(inner.can_stream);

    const MainKernel planes = kernel_of("forward_train:f32:nchw:32x64x7x7:relu");
    CHECK(format_symbol(planes.specialised) == "nf_forward_train_f32_inner_relu_cached_x86_64_avx2_planes_n32_c64_s49");
    CHECK(planes.default_symbol() == "nf_forward_train_f32_inner_relu_cached_x86_64_avx2_planes");

    CHECK(kernel_of("backward_train:bf16:nhwc:2x7x7x64").default_symbol() ==
          "nf_backward_train_bf16_last_none_cached_x86_64_avx2");
}

TEST_CASE("of several steps it is the last that writes a tensor") {
    // backward_residual writes dresidual first, which then holds the gradient that backward_train reads.
    const MainKernel kernel = kernel_of("backward_train:f32:nchw:32x64x56x56:add_relu");
    CHECK(kernel.default_symbol() == "nf_backward_train_f32_inner_none_stream_x86_64_avx2");
}

TEST_CASE("candidate 0 is what the plan runs") {
    const MainKernel kernel = kernel_of("forward_train:f32:nchw:32x64x56x56:relu");
    const Space space = kernel.space();
    CHECK(space.store(space.default_point()) == kernel.specialised.store);
}

TEST_CASE("a problem without a kernel of its own is refused with the reason") {
    CHECK_THROWS_WITH(kernel_of("forward_train:f32:nchw:0x64x56x56"), "it has no elements, so no kernel runs");
    CHECK_THROWS_WITH(kernel_of("merge:f32:nc:32x64:k=3"), Catch::Contains("it has no tensor"));
}
