// SPDX-License-Identifier: MIT
// The pass that leaves the system its shared memory: the size that a launch asks for. Addresses are looked at by
// ptx_test.py.
#include "generators/schedule/shared_base.h"

#include <catch2/catch.hpp>

using namespace normforge;

namespace {

constexpr int kThreads = 64;

/// out(i) is in(i) and in of another thread of the block, by shared memory; the same twice as wide for a second array.
int64_t shared_bytes(bool moved) {
    Halide::ImageParam in(Halide::Float(32), 1, "in");
    Halide::Var i("i"), block("block"), thread("thread");
    Halide::Func narrow("narrow"), wide("wide"), out("out");
    narrow(i) = in(i) * 2;
    wide(i) = Halide::cast<double>(in(i));
    const Halide::Expr other = i / kThreads * kThreads + (i * 7) % kThreads;
    out(i) = narrow(other) + Halide::cast<float>(wide(other));
    out.output_buffer().dim(0).set_bounds(0, out.output_buffer().dim(0).extent() / kThreads * kThreads);
    out.split(i, block, thread, kThreads, Halide::TailStrategy::RoundUp).gpu_blocks(block).gpu_threads(thread);
    for (Halide::Func f : {narrow, wide}) f.compute_at(out, block).bound_extent(i, kThreads).gpu_threads(i);
    Halide::Pipeline pipeline(out);
    if (moved) reserve_shared_memory(pipeline);
    const Halide::Target target("x86-64-linux-cuda-cuda_capability_80-no_runtime-no_asserts-no_bounds_query");
    return most_shared_bytes(pipeline.compile_to_module({in}, "shared", target));
}

} // namespace

TEST_CASE("Arrays in shared memory begin behind the system's") {
    constexpr int64_t kBytes = kThreads * (sizeof(float) + sizeof(double));
    CHECK(shared_bytes(false) == kBytes);
    CHECK(shared_bytes(true) == kBytes + kReservedSharedBytes);
}
