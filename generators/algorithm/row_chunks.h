// SPDX-License-Identifier: MIT
// The order in which the rows of the `last` form are summed: chunks from the end of the tensor to its beginning, so that the
// sweep that writes starts with what was read last; tiles of a chunk upwards, because memory is read faster that way.
#pragma once

#include "generators/algorithm/reduction_tree.h"

namespace normforge {

struct RowChunks {
    /// Equally many tiles for each, fewer for the last.
    RowChunks(const Halide::Expr &rows, const Halide::Expr &chunks)
        : tiles(ceil_div(rows, kTileRows)), tiles_of_chunk(ceil_div(tiles, chunks)) {}

    Halide::Expr first_tile(const Halide::Expr &chunk) const { return max(tiles - (chunk + 1) * tiles_of_chunk, 0); }

    /// The domain of the tiles of `chunk`, and tile number r of it.
    Halide::RDom domain(const Halide::Expr &chunk) const {
        Halide::RDom r(0, tiles_of_chunk, "tiles");
        r.where(first_tile(chunk) + r < tiles - chunk * tiles_of_chunk);
        return r;
    }
    Halide::Expr tile(const Halide::Expr &chunk, const Halide::Expr &r) const {
        return unsafe_promise_clamped(first_tile(chunk) + r, 0, tiles - 1);
    }

    Halide::Expr tiles, tiles_of_chunk;
};

} // namespace normforge
