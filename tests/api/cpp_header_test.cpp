// SPDX-License-Identifier: MIT
// The C++ header: ownership, errors, helpers.
#include <catch2/catch.hpp>
#include <normforge/normforge.hpp>
#include <type_traits>
#include <vector>

using namespace normforge;

static_assert(!std::is_copy_constructible_v<Plan> && !std::is_copy_assignable_v<Plan>);
static_assert(std::is_nothrow_move_constructible_v<Plan> && std::is_nothrow_move_assignable_v<Plan>);
static_assert(!std::is_copy_constructible_v<Workspace> && std::is_nothrow_move_constructible_v<Workspace>);

TEST_CASE("a plan runs, also after it was moved") {
    Description description(NF_FORWARD_INFERENCE, {4, 1});
    description.eps = 0;
    Plan first(description);
    const nf_plan *const raw = first.get();
    const Plan plan = std::move(first);
    CHECK(plan.get() == raw);

    const std::vector<float> x = {1, 3, 5, 7}, mean = {1}, variance = {4};
    std::vector<float> y(4);
    const Workspace workspace(plan);
    CHECK(workspace.size() == plan.workspace_size());
    CHECK(reinterpret_cast<std::uintptr_t>(workspace.data()) % NF_WORKSPACE_ALIGNMENT == 0);
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.running_mean = channels(mean);
    tensors.running_variance = channels(variance.data(), variance.size());
    plan.execute(tensors);
    CHECK(y == std::vector<float>{0, 1, 2, 3});
    CHECK(std::string(plan.variant()) == nf_last_variant());
    CHECK_THAT(plan.describe(), Catch::Contains("forward_inference:f32:nc:4x1"));
}

TEST_CASE("refusals become exceptions with status and text") {
    Description description(NF_FORWARD_TRAIN, {4, 3});
    description.axis = 7;
    try {
        const Plan plan(description);
        FAIL("accepted");
    } catch (const Error &error) {
        CHECK(error.status() == NF_INVALID_ARGUMENT);
        CHECK(std::string(error.what()) == std::string("invalid_argument: ") + nf_last_error());
        CHECK_THAT(error.what(), Catch::Contains("axis is 7"));
    }
    const Plan plan(Description(NF_FORWARD_TRAIN, {4, 3}));
    CHECK_THROWS_AS(plan.execute(Tensors()), Error);
    CHECK_THROWS_AS(check(nf_set_threads(-1)), Error);
}

TEST_CASE("variants are listed by index") {
    REQUIRE(nf_variant_count() > 0);
    const nf_variant first = variant_at(0);
    CHECK(first.struct_size == sizeof first);
    CHECK_THAT(first.name, Catch::StartsWith("nf_"));
    CHECK(first.usable == nf_target_usable(first.target));
    CHECK_THROWS_AS(variant_at(nf_variant_count()), Error);
}

TEST_CASE("layouts are checked for what nf_layout cannot hold") {
    const nf_layout strided = layout({2, 3}, {6, 1});
    CHECK(strided.rank == 2);
    CHECK(strided.extents[1] == 3);
    CHECK(strided.strides[0] == 6);
    CHECK_THROWS_AS(layout({1, 1, 1, 1, 1, 1, 1, 1, 1}), Error);
    CHECK_THROWS_AS(layout({2, 3}, {6}), Error);
}
