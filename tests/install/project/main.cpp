// SPDX-License-Identifier: MIT
// Outside user in C++17: inference with a fused ReLU whose result can be worked out by hand, and a refusal as an exception.
#include <cstdio>
#include <normforge/normforge.hpp>
#include <vector>

int main() {
    normforge::Description description(NF_FORWARD_INFERENCE, {2, 2, 2});
    description.epilogue = NF_EPILOGUE_RELU;
    description.eps = 0;
    const normforge::Plan plan(description);
    const normforge::Workspace workspace(plan);

    // (x - mean) / sqrt(variance) * gamma + beta per channel, negative values become 0. Channel 0: (x - 1) / 2 * 2 + 0;
    // channel 1: (x - 0) / 4 * 1 + 1.
    const std::vector<float> x = {1, 3, 4, -8, 0, 2, 8, -4};
    const std::vector<float> expected = {0, 2, 2, 0, 0, 1, 3, 0};
    const std::vector<float> gamma = {2, 1}, beta = {0, 1}, mean = {1, 0}, variance = {4, 16};
    std::vector<float> y(x.size());
    normforge::Tensors tensors(workspace);
    tensors.x = x.data();
    tensors.y = y.data();
    tensors.gamma = normforge::channels(gamma);
    tensors.beta = normforge::channels(beta);
    tensors.running_mean = normforge::channels(mean);
    tensors.running_variance = normforge::channels(variance);
    plan.execute(tensors);
    if (y != expected) { // powers of two: exact
        for (const float value : y) std::fprintf(stderr, "%g ", static_cast<double>(value));
        std::fprintf(stderr, "is y, expected 0 2 2 0 0 1 3 0\n");
        return 1;
    }

    try {
        description.eps = -1;
        const normforge::Plan refused(description);
    } catch (const normforge::Error &error) {
        std::printf("normforge %s: %s; refused as it should: %s\n", nf_version(), plan.variant(), error.what());
        return error.status() == NF_INVALID_ARGUMENT ? 0 : 1;
    }
    std::fprintf(stderr, "a negative eps was accepted\n");
    return 1;
}
