// SPDX-License-Identifier: MIT
// The shape of every sum on a GPU, as fixed as that of reduction_tree.h, but of other levels, because thousands of threads
// share a channel and no atomic may decide the order:
//   tile     `loads` vectors of adjacent elements, in the registers of a thread
//   lane     the tiles of a thread, merged in float64, in their order
//   part     the lanes of a block of threads, folded in halves
//   channel  the parts, over kPartLanes lanes and folded in halves
// The elements of a channel are numbered plane by plane (inner, small_planes) or row by row (last). A part has equally many
// tiles for each lane; neighbouring lanes load neighbouring vectors.
#pragma once

#include "generators/algorithm/form.h"

#include <functional>

namespace normforge {

/// Lanes over which the parts of a channel are added: a warp.
constexpr int kPartLanes = 32;
/// Parts that a lane loads before it merges the first of them: one at a time, each would cost the whole latency of memory,
/// and few channels have up to 64 for each lane.
constexpr int kPartsAtOnce = 4;

/// Funcs of a reduction, by level. Index lists end in the channel alone: on a GPU small_planes has one group.
struct GpuReduction {
    Halide::Var v{"v"}, load{"load"}, lane{"lane"}, tile{"tile"}, part{"part"};
    Halide::Func element;                  ///< (v, load, lane, tile, part, channel): what is summed of one element
    std::vector<Halide::Func> tile_values; ///< (lane, tile, part, channel); update 0, if any, reduces over `elements`
    Halide::Func lanes;                    ///< (lane, part, channel): update 0 merges the tiles of a lane
    Halide::Func block;                    ///< the same values, where the threads of a block share them
    std::vector<Halide::Func> folds;       ///< (lane, part, channel): half as many lanes each
    Halide::Func part_lanes;               ///< (lane, channel): update 0 merges every kPartLanes-th part
    Halide::Func part_block;               ///< as `block`
    std::vector<Halide::Func> part_folds;  ///< (lane, channel)
    Halide::RDom elements, tiles, lane_parts;
};

/// Where the elements of a channel are, and which of them a place of the tree stands for. Places past the end stay at the
/// last elements; inside() tells.
class GpuPlaces {
public:
    /// `parts`: undefined if a block takes a whole channel.
    GpuPlaces(const Canonical &canonical, const Halide::Expr &parts);

    /// Index list of the tensor.
    std::vector<Halide::Expr> operator()(const Halide::Expr &v, const Halide::Expr &load, const Halide::Expr &lane,
                                         const Halide::Expr &tile, const Halide::Expr &part) const;
    Halide::Expr inside(const Halide::Expr &load, const Halide::Expr &lane, const Halide::Expr &tile,
                        const Halide::Expr &part) const;
    /// Elements of a part.
    Halide::Expr count(const Halide::Expr &part) const;
    /// Elements of a lane's tiles before `tile`, the same for all channels.
    Halide::Expr before(const Halide::Expr &lane, const Halide::Expr &tile, const Halide::Expr &part) const;
    /// Adjacent elements of a channel that are loaded at once.
    int vector() const { return vector_; }

    Halide::Expr parts, tiles; ///< of a channel; of a lane
    bool is_whole;             ///< the one part is the channel

private:
    Halide::Expr number(const Halide::Expr &load, const Halide::Expr &lane, const Halide::Expr &tile,
                        const Halide::Expr &part) const;

    const Canonical &k_;
    int vector_;
    Halide::Expr elements_; ///< of a channel
};

/// What merges values. Zeros are what nothing was added to.
struct GpuMerge {
    /// Of the same level, but for tiles.
    std::function<Halide::Tuple(const Halide::Tuple &, const Halide::Tuple &)> values;
    /// Those of a lane with its next tile.
    std::function<Halide::Tuple(const Halide::Tuple &lane, const Halide::Tuple &tile, const Halide::Expr &number)> tile;
    /// Makes the whole Tuple of the first two values, which are kept of a part.
    std::function<Halide::Tuple(const Halide::Tuple &partial, const Halide::Expr &part)> part;
};

/// Defines the levels above tiles. `tile_result` (lane, tile, part, channel) is a Tuple; the result is (channel).
Halide::Func merge_levels(const Canonical &canonical, const GpuPlaces &places, const Halide::Func &tile_result,
                          const GpuMerge &merge, GpuReduction &r, Halide::Func &partial);

} // namespace normforge
