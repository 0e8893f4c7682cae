// SPDX-License-Identifier: MIT
// main.c in C++: normalises two channels over a batch of two images, with a fused ReLU.
#include <array>
#include <cstdio>
#include <normforge/normforge.hpp>

int main() {
    const std::array<float, 12> x = {1, 2, 3, 10, 20, 30, 4, 5, 6, 40, 50, 60}; // 2 images, 2 channels, 3 pixels
    std::array<float, 12> y = {};
    try {
        normforge::Description description(NF_FORWARD_TRAIN, {2, 2, 3}); // contiguous; axis 1 is the channel
        description.epilogue = NF_EPILOGUE_RELU;
        const normforge::Plan plan(description);
        const normforge::Workspace workspace(plan);

        normforge::Tensors tensors(workspace);
        tensors.x = x.data();
        tensors.y = y.data();
        plan.execute(tensors);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "minimal: %s\n", error.what());
        return 1;
    }
    for (std::size_t i = 0; i < y.size(); ++i) std::printf("%.4f%c", y[i], i % 3 == 2 ? '\n' : ' ');
}
