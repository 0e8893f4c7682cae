// SPDX-License-Identifier: MIT
// Chunks and groups, see partition.h.
#include "runtime/partition.h"
#include "runtime/ops.h"
#include "runtime/rounding.h"
#include <algorithm>
#include <normforge/kernel_table.h>
#include <tuple>

namespace normforge {

int64_t chunks_of(int64_t rows) {
    const int64_t tiles = ceil_div(rows, NF_TILE_ROWS);
    return std::clamp<int64_t>(ceil_div(tiles, NF_CHUNK_TILES), 1, NF_MAX_CHUNKS);
}

int64_t gpu_parts(int64_t elements, int64_t channel_blocks, int64_t least) {
    // An H200 holds 660 blocks of forward_train in planes at once: with 46 registers a thread, five on each of 132
    // multiprocessors; of other kernels four to eight. 2048 blocks are 3.1 rounds: in the fourth nine tenths of the device
    // would idle, 22 % of the whole; 8192 are 12.4 rounds, and 5 % idle.
    constexpr int64_t kBlocks = 8192;
    // One warp merges the parts of a channel: 64 for each lane, one after the other.
    constexpr int64_t kMostParts = 2048;
    const int64_t wanted = std::min(ceil_div(kBlocks, channel_blocks), kMostParts);
    return std::clamp<int64_t>(wanted, 1, ceil_div(elements, least));
}

namespace {

/// Kernels keep each per-channel value repeated over the run, and read all of them for every image: three forward, five in
/// backward with ReLU, which should stay in L1 (32 to 48 KiB). Backward with half the run, 14^2 and 7^2, 32 images, takes
/// 0.73 to 0.88 (f32) and 0.65 to 0.79 times as long with bf16; forward 0.92 to 1.05 and 0.81 to 1.16.
int64_t longest_run_bytes(nf_op op) {
    return writes_y(op) || op == NF_STATS ? NF_MAX_RUN_BYTES : NF_MAX_RUN_BYTES / 2;
}

} // namespace

int64_t choose_group(nf_op op, int64_t channels, int64_t plane, const StoredAndComputed &bytes, int threads) {
    const auto rank = [&](int64_t group) {
        return std::tuple(channels / group >= threads,
                          group * plane * static_cast<int64_t>(bytes.stored) % kStreamAlignment == 0, group);
    };
    const int64_t longest = longest_run_bytes(op) / static_cast<int64_t>(bytes.computed) / plane;
    int64_t best = 1;
    for (int64_t group = 2; group <= std::min({channels, int64_t{NF_MAX_GROUP}, longest}); ++group)
        if (channels % group == 0 && rank(group) > rank(best)) best = group;
    return best;
}

} // namespace normforge
