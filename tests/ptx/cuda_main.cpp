// SPDX-License-Identifier: MIT
// Catch2's main for tests that need a GPU: without one they are skipped, which CTest and people are told by the exit status.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#include <cstdio>
#include <normforge/normforge.h>

int main(int argc, char **argv) {
    constexpr int kSkipped = 77;
    if (nf_target_usable(NF_GPU_TARGET) != 1) {
        std::printf("skipped: no device of this machine runs kernels for %s\n", NF_GPU_TARGET);
        return kSkipped;
    }
    return Catch::Session().run(argc, argv);
}
