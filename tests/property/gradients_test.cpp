// SPDX-License-Identifier: MIT
// Backward is the derivative of forward, without an oracle: dx is orthogonal to constants and to xhat, and finite
// differences of a scalar loss agree with it.
#include "tests/property/channels.h"

using namespace normforge;
using namespace normforge::testing;

namespace {

/// Statistics for backward as forward left them.
void take_statistics(Inputs &in, const Results &forward) {
    in.saved_mean = forward[Output::mean];
    in.saved_invstd = forward[Output::invstd];
}

} // namespace

TEST_CASE("dx of training sums to 0, and to 0 against xhat without eps") {
    for (const char *shape_text : kPropertyShapes) {
        Problem forward = problem_of("forward_train", shape_text, "none");
        Problem backward = problem_of("backward_train", shape_text, "none");
        forward.description.eps = backward.description.eps = 0; // with eps, xhat has variance var / (var + eps)
        Inputs in = make_inputs(backward.description, {});
        take_statistics(in, run(forward, in, {}));
        const Results out = run(backward, in, {});
        const auto &dx = out[Output::dx];
        const auto m = static_cast<double>(in.shape.per_channel());
        const auto xhat = [&](int64_t i, int64_t c) { return (in.x[i] - in.saved_mean[c]) * double{in.saved_invstd[c]}; };

        const auto sum = channel_sums(in.shape, [&](int64_t i, int64_t) { return dx[i]; });
        const auto moment = channel_sums(in.shape, [&](int64_t i, int64_t c) { return dx[i] * xhat(i, c); });
        const auto dz_size = channel_sums(in.shape, [&](int64_t i, int64_t) { return std::abs(in.dy[i]); });
        const auto slope_size =
            channel_sums(in.shape, [&](int64_t i, int64_t c) { return std::abs(in.dy[i] * xhat(i, c)); });
        const reference::Channels largest = largest_magnitudes(in);
        // S of dx with sums of magnitudes in place of dbeta and dgamma, whose own errors count in those.
        const auto size = [&](int64_t i, int64_t c) {
            return std::abs(in.gamma[c]) * in.saved_invstd[c] *
                   (std::abs(in.dy[i]) + (dz_size[c] + std::abs(xhat(i, c)) * slope_size[c]) / m);
        };
        const auto sum_size = channel_sums(in.shape, size);
        const auto moment_size =
            channel_sums(in.shape, [&](int64_t i, int64_t c) { return size(i, c) * std::abs(xhat(i, c)); });
        // Roundings of dx and of the sums, and of the invstd that makes sum(xhat^2) = m.
        const double units = bound(Output::dx, in.shape) + bound(Output::dgamma, in.shape) + bound(Output::invstd, in.shape);
        for (int64_t c = 0; c < in.shape.c; ++c) {
            INFO(to_string(backward) << ", channel " << c);
            // sum(xhat) / m is the mean's error times invstd, not 0.
            const double shift = bound(Output::mean, in.shape) * 2 * rounding(NF_F32) * largest[c] * in.saved_invstd[c] *
                                 std::abs(in.gamma[c]) * in.saved_invstd[c];
            CHECK(std::abs(sum[c]) <= units * 2 * rounding(NF_F32) * sum_size[c] + shift * slope_size[c]);
            CHECK(std::abs(moment[c]) <= units * 2 * rounding(NF_F32) * moment_size[c] + shift * dz_size[c]);
        }
    }
}

namespace {

/// A loss sum(weight * y) per channel, in float64. Channels do not mix, so each is an experiment of its own.
class Loss {
public:
    Loss(const Problem &forward, const Inputs &in) : forward_(forward), in_(in) {}

    reference::Channels at(const Inputs &moved) const {
        const Results out = run(forward_, moved, {});
        return channel_sums(in_.shape, [&](int64_t i, int64_t) { return double{in_.dy[i]} * out[Output::y][i]; });
    }

    /// Central difference with step h along `direction`, which moves operands by a signed step.
    template <typename Move>
    reference::Channels difference(double h, Move move) const {
        Inputs up = in_, down = in_;
        move(up, h);
        move(down, -h);
        const reference::Channels above = at(up), below = at(down);
        reference::Channels result(in_.shape.c);
        for (int64_t c = 0; c < in_.shape.c; ++c) result[c] = (above[c] - below[c]) / (2 * h);
        return result;
    }

private:
    const Problem &forward_;
    const Inputs &in_;
};

/// x on a grid of 2^-10, so that x + h is exact for the steps below, and the loss blind where ReLU could switch.
Inputs smooth_inputs(const Problem &forward, const Problem &backward, double largest_step) {
    Inputs in = make_inputs(backward.description, {});
    for (double &x : in.x) x = std::ldexp(std::round(std::ldexp(x, 10)), -10);
    // Gammas of both signs away from 0, and betas that leave more elements to ReLU's open side than to its closed one.
    for (int64_t c = 0; c < in.shape.c; ++c) {
        in.gamma[c] = ((c % 2 == 0 ? 1 : -1) * (0.5 + 0.25 * static_cast<double>(c % 4)));
        in.beta[c] = std::abs(in.gamma[c]) / 2;
    }
    Problem linear = forward;
    linear.description.epilogue = NF_EPILOGUE_NONE;
    const Results z = run(linear, in, {});
    for (int64_t i = 0; i < in.shape.count(); ++i) {
        const int64_t c = i / in.shape.s % in.shape.c;
        // x - mean moves by at most 2h, invstd by a factor 1 + h * invstd * 1.01; |xhat| < 6 in these data.
        const double margin = std::abs(in.gamma[c]) * z[Output::invstd][c] * largest_step * (2 + 6 * 1.01);
        if (forward.description.epilogue == NF_EPILOGUE_RELU && std::abs(z[Output::y][i]) <= margin) in.dy[i] = 0;
    }
    take_statistics(in, run(forward, in, {}));
    return in;
}

} // namespace

TEST_CASE("Finite differences of forward agree with backward") {
    constexpr double kStep = 0x1p-7;
    const char *epilogue = GENERATE("none", "relu");
    for (const char *shape_text : kPropertyShapes) {
        const Problem forward = problem_of("forward_train", shape_text, epilogue);
        const Problem backward = problem_of("backward_train", shape_text, epilogue);
        const Inputs in = smooth_inputs(forward, backward, 2 * kStep);
        const Results out = run(backward, in, {});
        const Loss loss(forward, in);

        // Along sign(dx) every term of the directional derivative sum(|dx|) is positive: nothing cancels.
        const auto &dx = out[Output::dx];
        const auto along_dx = [&](Inputs &moved, double h) {
            for (size_t i = 0; i < moved.x.size(); ++i) moved.x[i] += (dx[i] < 0 ? -h : h);
        };
        const auto along_gamma = [](Inputs &moved, double h) {
            for (double &gamma : moved.gamma) gamma += h;
        };
        const auto along_beta = [](Inputs &moved, double h) {
            for (double &beta : moved.beta) beta += h;
        };
        const auto wanted = channel_sums(in.shape, [&](int64_t i, int64_t) { return std::abs(dx[i]); });
        const reference::Channels largest = largest_magnitudes(in);
        // One step's noise: y of both sides may be off by its bound, divided by the distance 2h.
        const auto noise = channel_sums(in.shape, [&](int64_t i, int64_t c) {
            const double size = std::abs(in.gamma[c]) * in.saved_invstd[c] * (largest[c] + std::abs(in.saved_mean[c])) +
                                std::abs(in.beta[c]);
            const double units =
                bound(Output::y, in.shape) + bound(Output::mean, in.shape) + bound(Output::invstd, in.shape);
            return std::abs(in.dy[i]) * units * 2 * rounding(NF_F32) * size / kStep;
        });
        const auto near = loss.difference(kStep, along_dx), far = loss.difference(2 * kStep, along_dx);
        const auto by_gamma = loss.difference(kStep, along_gamma), by_beta = loss.difference(kStep, along_beta);
        for (int64_t c = 0; c < in.shape.c; ++c) {
            INFO(to_string(backward) << ", channel " << c);
            // The truncation error is a * h^2 + b * h^4: (far - near) / 3 is the first term of `near`.
            const double truncation = std::abs(far[c] - near[c]) / 3;
            CHECK(std::abs(near[c] - wanted[c]) <= 1.5 * truncation + noise[c]);
            CHECK(noise[c] + truncation <= 0.02 * wanted[c]); // else the comparison above would show nothing
            // y is linear in gamma and beta: no truncation error. What cancels in the sum is in the noise.
            CHECK(std::abs(by_gamma[c] - out[Output::dgamma][c]) <= 2 * noise[c]);
            CHECK(std::abs(by_beta[c] - out[Output::dbeta][c]) <= 2 * noise[c]);
        }
    }
}
