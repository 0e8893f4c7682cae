// SPDX-License-Identifier: MIT
// What an algorithm hands to a schedule: its Funcs by the part they play, so that one schedule serves every op of a form.
#pragma once

#include "generators/algorithm/form.h"
#include "generators/algorithm/gpu_tree.h"
#include "generators/algorithm/reduction_tree.h"

#include <optional>

namespace normforge {

/// The reduction of one pipeline: tiles -> channel, or tiles -> chunk -> channel (last).
struct Reduction {
    std::vector<LaneSum> lane_sums;          ///< per tile, over positions of a plane (inner, small_planes)
    std::vector<Halide::Func> position_sums; ///< per tile and position, over images (small_planes); update 0 reduces
    std::vector<Halide::Func> row_sums;      ///< per tile and channel, over rows (last), and their mean; each has an update
    std::vector<Halide::Func> row_values;    ///< per tile, row and channel (last), kept for both sums
    std::vector<Halide::Func> tile_values;   ///< per tile (and position): first element, mean
    Halide::Func partial;                    ///< per channel and chunk (last): update 0 merges tiles
    Halide::Func channel;                    ///< per channel, float64: update 0 merges tiles, or chunks
    Halide::RDom tiles;                      ///< domain of the update that merges tiles
    Halide::RDom chunks;                     ///< domain of the update that merges chunks (last)
    std::optional<GpuReduction> gpu;         ///< instead of all above but `partial` and `channel`
};

/// A whole op. Lists are in order of computation.
struct Pipeline {
    explicit Pipeline(Canonical dimensions) : canonical(std::move(dimensions)) {}

    Canonical canonical;
    Halide::Func invstd;                       ///< an output of `prepared` or `saved`, if there is any
    std::vector<Halide::Func> prepared;        ///< per-channel outputs that need no reduction and that others read
    std::vector<Halide::Func> per_channel;     ///< per-channel values, never stored beyond the loop over channels
    std::vector<Halide::Func> saved;           ///< per-channel outputs, computed together in one loop over channels
    std::vector<Halide::Func> expanded;        ///< per-channel values repeated over the run (small_planes); update 0 fills
    std::optional<Reduction> reduction;        ///< none in inference
    std::vector<Halide::ImageParam> reduced;   ///< tensors that the reduction reads
    std::vector<Halide::ImageParam> read_once; ///< tensors that y is made of and no sum
    std::vector<Halide::Func> loaded;          ///< elements of tensors that the output is made of, as stored (last on a GPU)
    Halide::Func output;                       ///< the tensor that is written; undefined in stats and backward_reduce

    /// The Func whose loops surround everything else in inner and small_planes: without a tensor the first of `saved`.
    Halide::Func leader() const { return output.defined() ? output : saved.front(); }

    /// Adds a per-channel value that the element loops read. Where no loop over channels surrounds them (`last`, GPUs), the
    /// value lives in an array that the caller lends: `lent` is set, and the value joins `outputs` (prepared or saved).
    void add_element_value(const Halide::Func &value, std::vector<Halide::Func> &outputs, Halide::Func &lent) {
        if (canonical.stores_channel_values()) {
            lent = value;
            outputs.push_back(value);
        } else {
            per_channel.push_back(value);
        }
    }
    /// The same for gamma * invstd, which a GPU's threads multiply themselves.
    void add_scale(const Halide::Func &value, std::vector<Halide::Func> &outputs, Halide::Func &lent) {
        if (!canonical.gpu) add_element_value(value, outputs, lent);
    }
};

} // namespace normforge
