// SPDX-License-Identifier: MIT
// How the runtime divides what kernels leave free: rows into chunks, channels into groups. The kernel compiler asks, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <normforge/normforge.h>

namespace normforge {

/// A streaming store must fill whole, aligned cache lines: output pointer, strides and contiguous extent are multiples of
/// this.
inline constexpr int64_t kStreamAlignment = 64;

/// Chunks of rows that the last form reduces apart from each other, one row of a PARTIAL each. Depends on the shape alone:
/// it is part of the order of summation (NF_TILE_ROWS in kernel_table.h).
int64_t chunks_of(int64_t rows);

/// Parts of a channel that a GPU reduces apart from each other, one row of a PARTIAL each: enough for blocks of threads on
/// all of it, none of fewer elements than `least`. `elements` of a channel; `channel_blocks`: blocks that the channels make.
int64_t gpu_parts(int64_t elements, int64_t channel_blocks, int64_t least);

/// Bytes of an element of a tensor, and of the type that the kernel computes it in.
struct StoredAndComputed {
    size_t stored, computed;
};

/// The channels per group of the small_planes form: divides c, its run within NF_MAX_RUN_BYTES, half of that in backward.
/// Preferred are, in this order, a group for every thread, runs of whole cache lines, long runs. The choice never changes a
/// bit of the result.
int64_t choose_group(nf_op op, int64_t channels, int64_t plane, const StoredAndComputed &bytes, int threads);

} // namespace normforge
