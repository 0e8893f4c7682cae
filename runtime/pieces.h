// SPDX-License-Identifier: MIT
// Pieces: a problem that no kernel takes as a whole is cut into a grid of boxes over (outer, n, c, s). Kernels index with 32
// bits and see (n, c, s) for one index of `outer`. The grid depends on op, shape and strides alone, because sums are merged
// box by box.
#pragma once

#include "runtime/canonical.h"
#include "runtime/device/device.h"
#include "runtime/rounding.h"
#include <array>
#include <optional>

namespace normforge {

/// Extents, strides and spans that kernels are given, in elements; some less than fits 32 bits, because they round tiles,
/// rows and chunks up.
inline constexpr int64_t kReach = INT32_MAX - 65535;

/// The same on a GPU, whose kernels round up to the tiles of many threads.
inline constexpr int64_t kGpuReach = int64_t{1} << 30;

/// Axes of a grid, as in Canonical::axes().
enum GridAxis : uint8_t { kOuter, kN, kC, kS };
inline constexpr size_t kGridAxes = 4;

/// What kernels see of one box.
struct Box {
    int64_t n = 0, c = 0, s = 0;
};

struct Grid {
    std::array<int64_t, kGridAxes> extents{1, 1, 1, 1};
    std::array<int64_t, kGridAxes> block{1, 1, 1, 1}; ///< extents of a box; the last one along an axis may be shorter
    bool side_by_side = false; ///< boxes of a step run at the same time, each on one thread; each needs scratch of its own

    int64_t count(size_t axis) const { return ceil_div(extents[axis], block[axis]); }
    int64_t boxes() const { return count(kOuter) * count(kN) * count(kC) * count(kS); }
    /// The first box, which no other exceeds.
    Box first() const { return {block[kN], block[kC], block[kS]}; }
    /// Boxes that share a channel: what has to be merged.
    int64_t parts() const { return count(kOuter) * count(kN) * count(kS); }
    /// Whether the last box along an axis is shorter than the others.
    bool has_tail(size_t axis) const { return extents[axis] % block[axis] != 0; }
    /// The extent along an axis of that box, and of the others.
    int64_t extent(size_t axis, bool tail) const {
        return tail ? extents[axis] - (count(axis) - 1) * block[axis] : block[axis];
    }
};

/// The grid of tensors in canonical form: the largest boxes that fit, innermost axes first. `limit` is the most elements a
/// box may span, kReach or piece_limit(). The planes of the small_planes form are never cut.
Grid cut(const std::vector<Tensor> &tensors, nf_form form, int64_t limit);

/// The grid of c channels whose `parts` triples lie one after the other. The caller has seen to it that they are in reach.
Grid cut_channels(int64_t channels, int64_t limit);

/// Makes boxes of fewer channels, so that what a GPU's kernel reads twice is still in its cache the second time. `bytes` are
/// those that the problem touches. Boxes are left as they are if they would cut rows into less than whole sectors or small
/// planes into less than whole vectors, or be so small that their launches take longer than the second read. `wanted`: the
/// most bytes of a box whatever the memory is, 0 for boxes as they are.
void limit_to_cache(Grid &grid, nf_form form, int64_t bytes, const MemoryFacts &memory,
                    std::optional<int64_t> wanted = std::nullopt);

/// Cuts few long channels into parts that threads take side by side: a kernel that reduces has no task smaller than a
/// channel or a group. What it costs is that the second sweep begins only after the first one of the whole channel: 3 T of
/// memory instead of 2 T where a channel would have stayed in cache. For CPUs and for the forms inner and small_planes;
/// grids of several boxes stay as they are.
void split_few_channels(Grid &grid, nf_form form);

/// Makes boxes of fewer channels where the triples of all parts would be out of reach. Refuses with NF_NO_VARIANT if that
/// takes less than a channel.
Status limit_triples(Grid &grid);

/// NORMFORGE_PIECE, a debugging aid: a whole number of elements from 1 to kReach; unset: kReach.
Status piece_limit(int64_t &limit);

/// NORMFORGE_GPU_CHUNK, with which chunks are compared with whole problems: a whole number of bytes for limit_to_cache();
/// unset: none.
Status wanted_chunk(std::optional<int64_t> &bytes);

} // namespace normforge
