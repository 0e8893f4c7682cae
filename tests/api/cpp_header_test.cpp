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

TEST_CASE("a momentum says whose weight it is") {
    CHECK(Momentum::of_old(0.9) == 0.9);
    CHECK(Momentum::of_new(0.25) == 0.75);

    Description description(NF_FORWARD_TRAIN, {4, 1});
    description.momentum = Momentum::of_new(0.25);
    description.running_variance = NF_VARIANCE_UNBIASED;
    const Plan plan(description);
    const Workspace workspace(plan);
    const std::vector<float> x = {1, 3, 5, 7};
    std::vector<float> y(4), mean = {8}, variance = {0};
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.running_mean = channels(mean);
    tensors.running_variance = channels(variance);
    plan.execute(tensors);
    CHECK(mean[0] == 7);                                   // 0.75 * 8 + 0.25 * 4
    CHECK(variance[0] == static_cast<float>(20. / 3 / 4)); // of the unbiased variance, 20 / 3
}

TEST_CASE("types, a residual and requested gradients are said in the description") {
    Description description(NF_BACKWARD_FROZEN, {2, 1}, NF_F64);
    description.epilogue = NF_EPILOGUE_ADD_RELU;
    description.eps = 0;
    description.dx_gradient = NF_GRADIENT_ADD;
    description.dgamma_gradient = NF_GRADIENT_NULL;
    const Plan plan(description);
    const Workspace workspace(plan);
    const std::vector<double> x = {1, 3}, y = {0, 9}, dy = {5, 6}, residual = {-7, 8}, mean = {1}, variance = {4};
    std::vector<double> dx = {100, 100}, dresidual(2), dbeta(1);
    Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.residual = residual.data();
    tensors.y = const_cast<double *>(y.data()); // only read
    tensors.dy = dy.data();
    tensors.dx = dx.data();
    tensors.dresidual = dresidual.data();
    tensors.running_mean = channels(mean);
    tensors.running_variance = channels(variance);
    tensors.dbeta = channels(dbeta);
    plan.execute(tensors);
    CHECK(dx == std::vector<double>{100, 103}); // y = 0 lets nothing through; 6 / sqrt(4) is added
    CHECK(dresidual == std::vector<double>{0, 6});
    CHECK(dbeta == std::vector<double>{6});
}

TEST_CASE("triples of parts merge into those of the whole") {
    std::vector<double> triples(6); // of two parts, one channel
    const std::vector<float> x = {1, 3, 5, 7};
    const Plan stats(Description(NF_STATS, {2, 1}));
    for (size_t part = 0; part < 2; ++part) {
        const Workspace workspace(stats);
        Tensors tensors(workspace);
        tensors.x = &x[2 * part];
        tensors.triples = channels(&triples[3 * part], 3);
        stats.execute(tensors);
    }
    CHECK(triples == std::vector<double>{2, 2, 2, 2, 6, 2}); // count, mean, sum((x - mean)^2) of each

    Description description(NF_MERGE, {2, 1});
    description.parts = 2;
    const Plan merge(description);
    const Workspace workspace(merge);
    std::vector<double> merged(3);
    std::vector<float> mean(1), variance(1);
    Tensors tensors(workspace);
    tensors.triples = channels(triples);
    tensors.merged = channels(merged);
    tensors.saved_mean = channels(mean);
    tensors.saved_variance = channels(variance);
    merge.execute(tensors);
    CHECK(merged == std::vector<double>{4, 4, 20});
    CHECK(mean[0] == 4);
    CHECK(variance[0] == 5);
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
    CHECK(strided.dtype == NF_F32);
    CHECK(layout({2, 3}, {}, NF_BF16).dtype == NF_BF16);
    CHECK_THROWS_AS(layout({1, 1, 1, 1, 1, 1, 1, 1, 1}), Error);
    CHECK_THROWS_AS(layout({2, 3}, {6}), Error);
}
