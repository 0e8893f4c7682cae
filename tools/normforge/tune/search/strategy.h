// SPDX-License-Identifier: MIT
// How a search goes through a space: it proposes candidates and is told what they cost. It knows no clock and no processes,
// so that a recorded space replays it. The same seed and the same answers give the same proposals.
#pragma once

#include "generators/tuning/space.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace normforge {

/// What came of a candidate. The cost is its time divided by the default's, taken side by side; none: it failed.
struct Observation {
    Point point;
    std::optional<double> cost;
};

class Strategy {
public:
    virtual ~Strategy() = default;

    /// A candidate of the space that was neither proposed nor told before; nothing once there is none left. Several may be
    /// under way at once.
    virtual std::optional<Point> next() = 0;

    /// May also tell of a point that was not proposed (a journal's), or again of one that was: the last word counts. Points
    /// outside the space are refused: std::invalid_argument.
    virtual void tell(const Observation &observation) = 0;
};

/// All candidates, the default first. Strategies refer to their space.
std::unique_ptr<Strategy> make_exhaustive(const Space &space);

/// All candidates in random order.
std::unique_ptr<Strategy> make_random(const Space &space, uint64_t seed);

/// The space's seeds, then the neighbourhoods of the best found, most promising first.
std::unique_ptr<Strategy> make_local_search(const Space &space, uint64_t seed);

} // namespace normforge
