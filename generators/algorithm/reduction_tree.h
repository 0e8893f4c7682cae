// SPDX-License-Identifier: MIT
// The shape of every sum: part of the algorithm, because it decides the bits of the result. No schedule may change it.
// Elements of a channel -> tiles (f32, kLanes virtual lanes or one lane per position) -> channel (f64, tiles in a fixed
// order).
#pragma once

#include <Halide.h>

#include <functional>
#include <string>
#include <vector>

namespace normforge {

/// Virtual lanes of a tile's sum; every vector width up to 32 elements maps onto them.
constexpr int kLanes = 32;
/// Elements of a tile in a plane (inner). 4 KiB of f32: both sweeps of the tile stay in L1, and each lane adds 32 values.
constexpr int kTileElements = 1024;
/// Images of a tile (small_planes): each position of a plane is a lane that adds 16 values.
constexpr int kTileImages = 16;
/// Rows of a tile (last): each channel is a lane that adds 16 values.
constexpr int kTileRows = 16;

/// One sum, or several taken in the same sweep, of up to `capacity` values over lanes: element i goes to lane i % kLanes,
/// lanes are folded in halves. Several sums are a Tuple of values that do not depend on each other.
struct LaneSum {
    Halide::Func lanes;              ///< (lane, where...): update 0 adds whole rows of lanes, update 1 what is left
    std::vector<Halide::Func> folds; ///< (lane, where...): kLanes / 2, kLanes / 4, ... 1 lanes
    Halide::RDom rows, tail;

    /// The sum number `which`, at a place of `where`.
    Halide::Expr operator()(const std::vector<Halide::Expr> &where, int which = 0) const;
};

/// Defines the lane sums of values(i), i in [0, length), for each place. `values` and `length` may use the Vars of `where`.
LaneSum lane_sum(const std::string &name, const std::vector<Halide::Var> &where, int capacity, const Halide::Expr &length,
                 const std::function<std::vector<Halide::Expr>(Halide::Expr)> &values);

/// Value number `which` of a Func that has one value or a Tuple.
Halide::Expr value_of(const Halide::Func &f, const std::vector<Halide::Expr> &where, int which);

/// Adds `values` to the Func's own value, or element by element to its Tuple, as a new update definition; the first
/// definition is zero.
void add_to(Halide::Func &f, const std::vector<Halide::Expr> &where, const std::vector<Halide::Expr> &values);
void set_to_zero(Halide::Func &f, const std::vector<Halide::Expr> &where, const std::vector<Halide::Expr> &like);

/// Quotient rounded up, for positive a and b.
Halide::Expr ceil_div(const Halide::Expr &a, const Halide::Expr &b);

} // namespace normforge
