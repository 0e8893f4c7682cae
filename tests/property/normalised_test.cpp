// SPDX-License-Identifier: MIT
// What batch normalisation is for, without an oracle: y has mean beta and variance gamma^2 * var / (var + eps), and running
// statistics follow the closed form of their recurrence.
#include "tests/property/channels.h"
#include <array>

using namespace normforge;
using namespace normforge::testing;

TEST_CASE("y has mean beta and variance gamma^2 var / (var + eps)") {
    for (const char *shape_text : kPropertyShapes) {
        for (const double eps : {1e-5, 0.5}) {
            Problem problem = problem_of("forward_train", shape_text, "none");
            problem.description.eps = eps;
            const Inputs in = make_inputs(problem.description, {});
            const Results out = run(problem, in, {});
            const auto &y = out[Output::y];
            const auto m = static_cast<double>(in.shape.per_channel());
            const auto sums = channel_sums(in.shape, [&](int64_t i, int64_t) { return y[i]; });
            const auto squares =
                channel_sums(in.shape, [&](int64_t i, int64_t c) { return std::pow(y[i] - sums[c] / m, 2); });
            const reference::Channels largest = largest_magnitudes(in);
            for (int64_t c = 0; c < in.shape.c; ++c) {
                INFO(to_string(problem) << ", channel " << c);
                // S of y (docs/numerics.md) at the largest |x|; it covers that of the mean, times |gamma| * invstd.
                const double scale =
                    std::abs(in.gamma[c]) * out[Output::invstd][c] * (largest[c] + std::abs(out[Output::mean][c])) +
                    std::abs(in.beta[c]);
                // Roundings of y, and the saved mean's error, which moves every y alike; ulp(S) <= 2 * rounding(NF_F32) * S.
                const double units = bound(Output::y, in.shape) + bound(Output::mean, in.shape);
                CHECK(std::abs(sums[c] / m - in.beta[c]) <= units * 2 * rounding(NF_F32) * scale);

                // d var(y) = 2 cov(y, error) <= 2 sigma(y) rms(error), and the errors of var and invstd^2.
                const double variance = out[Output::variance][c];
                const double wanted = std::pow(in.gamma[c], 2) * variance / (variance + eps);
                const double error = bound(Output::y, in.shape) * 2 * rounding(NF_F32) * scale;
                const double statistics = bound(Output::variance, in.shape) + 2 * bound(Output::invstd, in.shape);
                CHECK(std::abs(squares[c] / m - wanted) <=
                      2 * std::sqrt(wanted) * error + statistics * rounding(NF_F32) * wanted + error * error);
            }
        }
    }
}

TEST_CASE("Running statistics over three steps follow the closed form") {
    constexpr int kSteps = 3;
    for (const char *shape_text : kPropertyShapes) {
        Problem problem = problem_of("forward_train", shape_text, "relu");
        const double momentum = problem.description.momentum = 0.7;
        Inputs in = make_inputs(problem.description, {});
        const Values first_mean = in.running_mean, first_variance = in.running_variance;
        std::array<Results, kSteps> steps;
        for (int step = 0; step < kSteps; ++step) {
            DataSpec spec;
            spec.seed = uint64_t{10} + static_cast<uint64_t>(step);
            spec.mean = step;
            in.x = make_inputs(problem.description, spec).x;
            steps[step] = run(problem, in, {});
            in.running_mean = steps[step][Output::running_mean];
            in.running_variance = steps[step][Output::running_variance];
        }
        const auto check = [&](Output batch, Output running, const Values &first, int64_t c) {
            double wanted = first[c] * std::pow(momentum, kSteps), magnitude = std::abs(wanted);
            for (int step = 0; step < kSteps; ++step) {
                const double term = steps[step][batch][c] * (1 - momentum) * std::pow(momentum, kSteps - 1 - step);
                wanted += term;
                magnitude += std::abs(term);
            }
            const double units = kSteps * bound(running, in.shape);
            CHECK(std::abs(steps.back()[running][c] - wanted) <= units * 2 * rounding(NF_F32) * magnitude);
        };
        for (int64_t c = 0; c < in.shape.c; ++c) {
            INFO(to_string(problem) << ", channel " << c);
            check(Output::mean, Output::running_mean, first_mean, c);
            check(Output::variance, Output::running_variance, first_variance, c);
        }
    }
}

TEST_CASE("Momentum 1 freezes the running statistics and momentum 0 replaces them") {
    for (const char *shape_text : kPropertyShapes) {
        Problem problem = problem_of("forward_train", shape_text, "none");
        const Inputs in = make_inputs(problem.description, {});
        INFO(to_string(problem));
        problem.description.momentum = 1;
        const Results frozen = run(problem, in, {});
        CHECK(frozen[Output::running_mean] == in.running_mean);
        CHECK(frozen[Output::running_variance] == in.running_variance);
        problem.description.momentum = 0;
        Inputs garbage = in; // what is replaced may be anything
        garbage.running_mean.assign(in.running_mean.size(), std::numeric_limits<double>::quiet_NaN());
        garbage.running_variance.assign(in.running_variance.size(), std::numeric_limits<double>::infinity());
        const Results replaced = run(problem, garbage, {});
        CHECK(replaced[Output::running_mean] == replaced[Output::mean]);
        CHECK(replaced[Output::running_variance] == replaced[Output::variance]);
        CHECK(replaced[Output::y] == frozen[Output::y]);
    }
}
