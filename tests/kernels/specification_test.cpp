// SPDX-License-Identifier: MIT
// The reference itself, without kernels: derivatives against finite differences, kinks, limits, and phases against the
// whole.
#include "runtime/names.h"
#include "tests/reference/reference.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace normforge;
using namespace normforge::reference;

namespace {

const Activation kAll[] = {Activation::none, Activation::relu,      Activation::leaky_relu, Activation::relu6,
                           Activation::silu, Activation::gelu,      Activation::gelu_tanh,  Activation::sigmoid,
                           Activation::tanh, Activation::hard_swish};

const char *name(Activation activation) {
    return name_of<nf_epilogue>(static_cast<int>(activation));
}

constexpr Real kInfinity = INFINITY;

} // namespace

TEST_CASE("gradient() is the derivative of apply()") {
    for (const Activation activation : kAll) {
        const Epilogue epilogue{activation, 0.25};
        for (Real z = -9.95L; z < 10; z += 0.1L) { // no kink is nearer than the step
            const Real h = 1e-5L, slope = (apply(epilogue, z + h) - apply(epilogue, z - h)) / (2 * h);
            INFO(name(activation) << " at " << static_cast<double>(z));
            CHECK(std::abs(gradient(epilogue, z, 3) - 3 * slope) < 1e-9L);
        }
    }
}

TEST_CASE("Values and derivatives at known points") {
    struct Row {
        Activation activation;
        Real z, value, gradient; // of dy = 1, slope 0.25
    };
    const Row rows[] = {
        {Activation::relu, 0, 0, 0},
        {Activation::leaky_relu, 0, 0, 0.25L},
        {Activation::leaky_relu, -8, -2, 0.25L},
        {Activation::relu6, 0, 0, 0},
        {Activation::relu6, 6, 6, 0},
        {Activation::relu6, 7, 6, 0},
        {Activation::hard_swish, -3, 0, 0},
        {Activation::hard_swish, 3, 3, 1},
        {Activation::hard_swish, 1, 2 / 3.0L, 5 / 6.0L},
        {Activation::silu, 0, 0, 0.5L},
        {Activation::silu, 1, 0.731058578630004879251L, 0.927670511871486732L},
        {Activation::gelu, 1, 0.841344746068542948585L, 1.083315470587686298L},
        {Activation::gelu_tanh, 1, 0.841191990608276705L, 1.082964083845782555L},
        {Activation::sigmoid, 0, 0.5L, 0.25L},
        {Activation::tanh, 0, 0, 1},
        {Activation::relu, -kInfinity, 0, 0},
        {Activation::silu, -kInfinity, 0, 0},
        {Activation::silu, kInfinity, kInfinity, 1},
        {Activation::gelu, -kInfinity, 0, 0},
        {Activation::gelu, kInfinity, kInfinity, 1},
        {Activation::gelu_tanh, -kInfinity, 0, 0},
        {Activation::gelu_tanh, kInfinity, kInfinity, 1},
        {Activation::sigmoid, -kInfinity, 0, 0},
        {Activation::sigmoid, kInfinity, 1, 0},
        {Activation::tanh, -kInfinity, -1, 0},
        {Activation::hard_swish, -kInfinity, 0, 0},
        {Activation::hard_swish, kInfinity, kInfinity, 1},
    };
    for (const Row &row : rows) {
        const Epilogue epilogue{row.activation, 0.25};
        INFO(name(row.activation) << " at " << static_cast<double>(row.z));
        const Real value = apply(epilogue, row.z);
        CHECK((value == row.value || std::abs(value - row.value) < 1e-15L));
        CHECK(std::abs(gradient(epilogue, row.z, 1) - row.gradient) < 1e-15L);
    }
}

TEST_CASE("NaN passes through every epilogue, forward and backward") {
    for (const Activation activation : kAll) {
        const Epilogue epilogue{activation, 0.25};
        INFO(name(activation));
        CHECK(std::isnan(apply(epilogue, NAN)));
        CHECK(std::isnan(gradient(epilogue, 1, NAN)));
        const bool lets_dy_through = activation <= Activation::relu6;
        CHECK((lets_dy_through ? gradient(epilogue, NAN, 2) == 2 : std::isnan(gradient(epilogue, NAN, 2))));
        CHECK(std::isfinite(strict_apply(epilogue, 1.5F)));
    }
}

TEST_CASE("The derivative at y is the derivative at z") {
    for (const Activation activation : {Activation::relu, Activation::leaky_relu, Activation::relu6}) {
        const Epilogue epilogue{activation, 0.25};
        for (const Real z : {-2.0L, 0.0L, 0.5L, 6.0L, 8.0L})
            CHECK(gradient_at_output(epilogue, apply(epilogue, z), 3) == gradient(epilogue, z, 3));
    }
}

TEST_CASE("Merged triples are those of the whole") {
    const std::vector<double> x = {1, 5, -2, 8, 3, 3, 0.5, 100};
    const std::vector<Real> dz = {2, -1, 0.25L, 4, 0, 1, 7, -3};
    const auto piece = [&](int64_t begin, int64_t end) {
        const Shape shape{end - begin, 1, 1};
        return std::pair(stats(shape, dense(x.data() + begin, shape)),
                         backward_reduce(shape, dense(x.data() + begin, shape), dense(dz.data() + begin, shape), {2}));
    };
    const auto [whole, whole_sums] = piece(0, 8);
    const auto [a, a_sums] = piece(0, 3);
    const auto [b, b_sums] = piece(3, 8);
    const Triple nothing{{0}, {0}, {0}};
    const Triple merged = merge({a, nothing, b}), sums = backward_merge({a_sums, nothing, b_sums});
    CHECK(merged.count[0] == 8);
    CHECK(std::abs(merged.first[0] - whole.first[0]) < 1e-15L);
    CHECK(std::abs(merged.second[0] - whole.second[0]) < 1e-12L);
    CHECK(sums.count[0] == 8);
    CHECK(std::abs(sums.first[0] - whole_sums.first[0]) < 1e-15L);
    CHECK(std::abs(sums.second[0] - whole_sums.second[0]) < 1e-12L);
    CHECK(merge({nothing, nothing}).first[0] == 0);
    CHECK(statistics(nothing).variance[0] == 0);
}

TEST_CASE("Unbiased variance and cumulative averages") {
    CHECK(unbiased(3, 4) == 4);
    CHECK(unbiased(3, 1) == 3);
    Real average = 99; // the first batch replaces it
    for (int64_t batch = 0; batch < 3; ++batch)
        average = running(average, static_cast<Real>(batch * batch), cumulative_momentum(batch));
    CHECK(std::abs(average - 5 / 3.0L) < 1e-15L);
}
